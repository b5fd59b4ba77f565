"""The directory's tables and queries: every query takes the school, nothing here commits."""
