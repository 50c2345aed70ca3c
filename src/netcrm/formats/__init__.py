"""File formats: text in and out, records and problems in between. No database, no matching with contacts."""
