"""An uploaded workbook, read and marked in a process of its own.

`process` starts that process and waits for it; all else runs inside it, under its limits, and what
it refuses or dies of is an answer like any other.
"""
