"""What the directory can do: one verb, one change, its events."""
