"""The database: engine, transactions, column types and migrations. SQLite and PostgreSQL, from the same code."""
