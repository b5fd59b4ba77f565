"""The operator's console: how the installation stands, schools, ends (ID-10, OPS-1, RET-1)."""
