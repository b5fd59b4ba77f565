"""The arguments of MAIL and RCPT, read as strictly as a careful relay reads them.

Sources: RFC 5321 §4.1.2, RFC 1870, RFC 6152.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .domains import Kind, kind_of

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\[ -~])*)"')
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>(.*)', re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)")


class ArgumentRefused(Exception):
    """An argument of MAIL or RCPT can't be used; the message is the whole SMTP answer."""


@dataclass(frozen=True)
class Recipient:
    """One accepted RCPT: the address as a person types it (unquoted); how its domain behaves."""

    address: str
    kind: Kind


@dataclass
class Envelope:
    """The transaction that a session is in the middle of."""

    sender: str
    recipients: list[Recipient] = field(default_factory=list)


def read_sender(argument: str, max_size: int) -> str:
    """Read ``FROM:<path> [SIZE=n] [BODY=…]``; return the address, empty for the null sender."""
    path, parameters = _split(argument, "FROM:")
    for parameter in parameters:
        _check_mail_parameter(parameter.upper(), max_size)
    return "" if path == "" else _read_mailbox(path, "5.1.7")[0]


def read_recipient(argument: str) -> Recipient:
    """Read ``TO:<path>``.

    A quoted local part comes out unquoted, ready to compare with what was typed.
    """
    path, parameters = _split(argument, "TO:")
    if parameters:
        raise ArgumentRefused("555 5.5.4 RCPT parameters are not supported")
    address, local_part, domain = _read_mailbox(path, "5.1.3")
    return Recipient(address, kind_of(local_part, domain))


def _split(argument: str, keyword: str) -> tuple[str, list[str]]:
    if argument[: len(keyword)].upper() != keyword:
        raise ArgumentRefused(f"501 5.5.4 Syntax: {keyword}<address>")
    match = _PATH.fullmatch(argument[len(keyword) :])
    if match is None or (match[2] and not match[2].startswith(" ")):
        raise ArgumentRefused(f"501 5.5.4 Syntax: {keyword}<address>")
    return match[1], match[2].split()


def _check_mail_parameter(parameter: str, max_size: int) -> None:
    name, _, value = parameter.partition("=")
    if name == "SIZE" and value.isdecimal():
        if int(value[:20]) > max_size:
            raise ArgumentRefused("552 5.3.4 Message size exceeds the limit")
    elif parameter not in ("BODY=7BIT", "BODY=8BITMIME"):
        raise ArgumentRefused("555 5.5.4 Unsupported MAIL parameter")


def _read_mailbox(path: str, status: str) -> tuple[str, str, str]:
    """Return address (unquoted), local part and domain of `path`."""
    typed, _, domain = path.rpartition("@")
    local_part = _read_local_part(typed, status)
    if len(domain) > 255 or _DOMAIN.fullmatch(domain) is None:
        raise ArgumentRefused(f"501 {status} Bad domain in the address")
    return f"{local_part}@{domain}", local_part, domain


def _read_local_part(typed: str, status: str) -> str:
    """Return the local part unquoted; real carriers' ``a..b@`` is legal only when quoted."""
    quoted = _QUOTED_STRING.fullmatch(typed)
    if quoted is None and _DOT_STRING.fullmatch(typed) is None:
        raise ArgumentRefused(f"501 {status} Bad local part in the address")
    local_part = _QUOTED_PAIR.sub(r"\1", quoted[1]) if quoted else typed
    if not 1 <= len(local_part) <= 64:
        raise ArgumentRefused(f"501 {status} The local part must have 1 to 64 characters")
    return local_part
