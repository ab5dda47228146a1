"""Charts as plain Vega-Lite, the same for the browser, documents and mail."""
