"""Pages of staff: write, confirm, send and watch; the roster and the log (ID-3)."""
