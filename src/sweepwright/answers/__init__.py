"""Everything that can be said of a study, in words and as data."""
