"""Which mail addresses a roster takes (japan.md).

What carriers issued is accepted, what cannot be delivered is refused.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Literal

MAX_MAILS_A_GUARDIAN = 4

MailProblem = Literal[
    "mail_full_width",
    "mail_several",
    "mail_space",
    "mail_not_ascii",
    "mail_at_sign",
    "mail_local",
    "mail_domain",
]
# docomo and au gave out `a..b@`, `a.@` and `.a@` until about 2009, against the RFC. They are still
# in use and are quoted when a mail is handed over: refused here, those families would be reached by
# nothing.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_QUOTED = re.compile(r"[\"\u201c\u201d\uff02](.+)[\"\u201c\u201d\uff02]@(.+)")
# Where most families have their mail; the first of each name is what a mistyped one means.
KNOWN_DOMAINS = (
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "ymobile.ne.jp",
    "yahoo.co.jp",
    "yahoo.com",
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "outlook.jp",
    "outlook.com",
    "hotmail.co.jp",
    "hotmail.com",
    "live.jp",
    "live.com",
    "rakumail.jp",
    "uqmobile.jp",
)
# They look like a mistyped one, and are none.
_OTHERS = frozenset({"mail.com", "ymail.com"})
_ALIKE = 0.88
_LONG_ENOUGH = 4
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def find_mail_problem(text: str) -> MailProblem | None:
    """Return why the text is no usable mail address, None if it is one.

    White space around it is the caller's.
    """
    at_signs = re.findall("[@＠]", text)
    if len(at_signs) > 1 and re.search(r"[\s,;/、，；／・]", text):
        return "mail_several"
    is_ascii = text.isascii()
    if not is_ascii and any(unicodedata.east_asian_width(c) == "F" for c in text):
        return "mail_full_width"
    if re.search(r"\s", text):
        return "mail_space"
    if not is_ascii:
        return "mail_not_ascii"
    local, at, domain = text.partition("@")
    if not at or "@" in domain or not local or not domain:
        return "mail_at_sign"
    if not _LOCAL.fullmatch(local):
        return "mail_local"
    labels = domain.split(".")
    has_size = len(labels) >= 2 and len(domain) <= 253
    if not has_size or labels[-1].isdigit():
        return "mail_domain"
    if not all(_LABEL.fullmatch(label) for label in labels):
        return "mail_domain"
    return None


def has_invisible(text: str) -> bool:
    """Return whether something stands in an address that nobody sees."""
    return not text.isascii() and any(unicodedata.category(c) == "Cf" for c in text)


def tidy_mail(text: str) -> str:
    """Return an address without what shows nothing, and without quotes that it does not need.

    Others demand "m..takahashi"@docomo.ne.jp, so families write it; we take the bare form.
    """
    if text.isascii() and '"' not in text:
        return text.strip()
    plain = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    quoted = _QUOTED.fullmatch(plain)
    bare = f"{quoted[1]}@{quoted[2]}" if quoted else plain
    return plain if find_mail_problem(bare) else bare


def guess_domain(address: str) -> str | None:
    """Return the domain that a mistyped one may mean: gmail.com for gmail.con and gmai.com."""
    domain = address.rpartition("@")[2].lower()
    if domain in KNOWN_DOMAINS or domain in _OTHERS or domain.endswith(".test"):
        return None
    first = domain.partition(".")[0]
    for known in KNOWN_DOMAINS:
        is_same_first = known.startswith(f"{first}.")
        if is_same_first and len(first) >= _LONG_ENOUGH:
            return known
    alike = get_close_matches(domain, KNOWN_DOMAINS, n=1, cutoff=_ALIKE)
    return alike[0] if alike else None


def mail_identity(address: str) -> str:
    """Return the form under which two spellings are one mailbox.

    Case never separates two people's addresses.
    """
    return address.lower()
