"""What we claim about speed and memory, measured beside what one would use instead; see docs and `python -m bench --help`."""
