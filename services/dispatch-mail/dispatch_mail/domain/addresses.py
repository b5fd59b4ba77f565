"""Mail addresses as Japanese families have them: kept as typed, quoted only at SMTP time (MSG-9).

docomo and au issued `a..b@docomo.ne.jp`, `.a@docomo.ne.jp` and `a.@ezweb.ne.jp` until about 2009.
They are alive, but no dot-atom of RFC 5322 (3.2.3), so in SMTP and in headers their local part
stands in quotes (RFC 5321, 4.1.2).
"""

from __future__ import annotations

import re

LOCAL_LIMIT = 64  # RFC 5321, 4.5.3.1.1
TOTAL_LIMIT = 254  # a path is 256 with its angle brackets: RFC 5321, 4.5.3.1.3

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED_ALREADY = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])+"')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PRINTABLE = re.compile(r"[ -~]*")
_USUAL = re.compile(
    rf"(?=.{{1,{TOTAL_LIMIT}}}\Z)(?=[^@]{{1,{LOCAL_LIMIT}}}@){_DOT_ATOM.pattern}@{_DOMAIN.pattern}"
)


class AddressRefused(ValueError):
    """This text cannot be a mail address. The message never contains the address."""


def split(address: str) -> tuple[str, str]:
    """Return local part and domain as typed.

    Raises AddressRefused for control characters (CR, LF and NUL would inject SMTP commands or
    headers), anything outside ASCII, no `@` or more than one, a domain that is no host name, or too
    many characters.
    """
    if _PRINTABLE.fullmatch(address) is None:
        raise AddressRefused("control or non-ASCII character in the address")
    if address.count("@") != 1:
        raise AddressRefused("an address has exactly one @")
    local, domain = address.split("@")
    if not local or len(local) > LOCAL_LIMIT or len(address) > TOTAL_LIMIT:
        raise AddressRefused("local part or address empty or too long")
    if _DOMAIN.fullmatch(domain) is None:
        raise AddressRefused("the domain is not a host name")
    return local, domain


def quoted_address(address: str) -> str:
    """Return the address for headers and SMTP, its local part in quotes exactly when it isn't a
    dot-atom.

    `a..b@docomo.ne.jp` → `"a..b"@docomo.ne.jp`; ASCII throughout.
    """
    if _USUAL.fullmatch(address):  # nearly every address is one, and need not be taken apart
        return address
    local, domain = split(address)
    if _DOT_ATOM.fullmatch(local) or _QUOTED_ALREADY.fullmatch(local):
        return address
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{domain}'


def domain_of(address: str) -> str:
    """Return the domain in lower case, the key of limits."""
    return split(address)[1].lower()
