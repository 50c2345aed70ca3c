"""From the database to a file: select rows, read them page by page, write. No file formats."""
