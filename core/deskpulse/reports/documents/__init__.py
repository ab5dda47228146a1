"""Reports as PDF: what they say is gathered in records, how it is set stands in the ``.typ`` files."""
