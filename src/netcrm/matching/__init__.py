"""Normal forms of names and addresses, record matching, duplicate detection. Reads no database."""
