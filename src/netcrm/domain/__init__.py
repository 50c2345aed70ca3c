"""The domain: models, vocabulary, dates, field validation. No database access, no planning."""
