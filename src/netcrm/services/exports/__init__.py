"""From the database to a file: select, read page by page, write. No file formats."""
