"""What messaging can do: one verb, one change, its events. Doors commit; actions never do."""
