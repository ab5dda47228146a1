"""Web pages that only the demo shows."""
