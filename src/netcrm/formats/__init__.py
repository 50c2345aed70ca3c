"""One module a format: pure text in and out, nouns and `Problem`s between."""
