"""The change of the school year: from this year's classes to the next one's (DIR-10)."""
