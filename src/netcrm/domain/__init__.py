"""The nouns and words of the domain: models, vocabulary, dates, field validation. No database access, no planning."""
