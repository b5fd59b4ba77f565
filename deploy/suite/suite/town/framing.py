"""Cut what a client sends into command lines and contents, in the order in which it came."""

from __future__ import annotations

MAX_COMMAND = 1024  # octets with CRLF; RFC 5321 asks for 512 and more for each extension
_END = b"\r\n.\r\n"


class LineRefused(Exception):
    """A command line breaks the rules; it has been taken out of the buffer."""


class LineTooLong(Exception):
    """A command line has no end in sight: the client speaks something else."""


def take_line(buffer: bytearray) -> str | None:
    """Take the next command line out of `buffer` and return it without CRLF.

    None when it isn't whole yet.
    """
    end = buffer.find(b"\n")
    is_whole = end >= 0
    length = len(buffer)
    if is_whole:
        length = end + 1
    if length > MAX_COMMAND:
        raise LineTooLong
    if not is_whole:
        return None
    line = bytes(buffer[:length])
    del buffer[:length]
    if not _is_command(line):
        raise LineRefused
    return line[:-2].decode("ascii")


def _is_command(line: bytes) -> bool:
    """Return whether a line is ASCII without NUL, with its only CR in the CRLF at the end."""
    is_text = line.isascii() and b"\0" not in line
    return is_text and line.endswith(b"\r\n") and b"\r" not in line[:-2]


class ContentReader:
    """Finds the end of one content in a buffer that grows.

    It reads nothing twice and keeps no more than `max_size`.
    """

    def __init__(self, max_size: int) -> None:
        self.oversize = False
        self._max_size = max_size
        self._searched = 0

    def take(self, buffer: bytearray) -> bytes | None:
        """Take the whole content (dots still stuffed) out of `buffer`.

        None when its end has not come yet. What comes back means nothing when `oversize` is set:
        the beginning was thrown away.
        """
        if buffer.startswith(b".\r\n") and not self.oversize:
            del buffer[:3]
            return b""
        begin = max(0, self._searched - len(_END) + 1)
        end = buffer.find(_END, begin)
        if end < 0:
            self._shed(buffer)
            self._searched = len(buffer)
            return None
        content = bytes(buffer[: end + 2])
        del buffer[: end + len(_END)]
        self.oversize = self.oversize or len(content) > self._max_size
        return content

    def _shed(self, buffer: bytearray) -> None:
        """Keep only what may be the beginning of the end once the content is too long."""
        if self.oversize or len(buffer) > self._max_size + len(_END):
            self.oversize = True
            del buffer[: 1 - len(_END)]
