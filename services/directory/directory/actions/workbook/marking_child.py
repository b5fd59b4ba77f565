"""What marks a file in a process of its own: `python -m directory.actions.workbook.marking_child`.

The order comes on standard input, the marked workbook goes out behind the answer's first line.
"""

from __future__ import annotations

from collections.abc import Iterator

from directory.actions.workbook.child import serve
from directory.actions.workbook.marking import mark_file
from directory.actions.workbook.wire import read_order
from directory.domain.workbooks import MARKING_CPU_SECONDS


def mark(order: bytes) -> Iterator[bytes]:
    return iter([mark_file(read_order(order))])


if __name__ == "__main__":
    serve(mark, MARKING_CPU_SECONDS)
