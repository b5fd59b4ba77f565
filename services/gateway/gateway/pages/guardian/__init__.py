"""Pages of families, opened by a link that is itself the right to read (MSG-25, DLV-4)."""
