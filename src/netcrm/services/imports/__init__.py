"""From a file to the database: read, match, compare, write once. No file formats."""
