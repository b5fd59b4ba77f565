"""What we claim about speed and memory, measured beside what one would use instead.

See `python -m bench --help`.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
