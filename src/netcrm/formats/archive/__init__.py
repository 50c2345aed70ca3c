"""The JSON archive of a whole database: its schema, written and read as a stream. No database access."""
