"""Reports as PDF: what they say is gathered elsewhere, or here in records; how it is set stands in the ``.typ`` files."""
