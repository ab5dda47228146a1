"""Server-side JavaScript: what an update set brings really runs here, against stand-ins of the instance's API."""
