"""The operator's console: how the installation stands, its schools, the end of a contract (ID-10, OPS-1, RET-1)."""
