"""What we claim about speed and memory, measured beside what one would use instead: `python -m bench --help`."""
