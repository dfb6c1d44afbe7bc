"""The learning document of a half-year or a year."""
