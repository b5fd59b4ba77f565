"""Which mail addresses a roster takes (japan.md).

What carriers issued is accepted, what cannot be delivered is refused.
"""

from __future__ import annotations

import re
import unicodedata
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
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def find_mail_problem(text: str) -> MailProblem | None:
    """Return why the text is no usable mail address, None if it is one.

    White space around it is the caller's.
    """
    at_signs = re.findall("[@＠]", text)
    if len(at_signs) > 1 and re.search(r"[\s,;/、，；／・]", text):
        return "mail_several"
    if any(unicodedata.east_asian_width(c) == "F" for c in text):
        return "mail_full_width"
    if re.search(r"\s", text):
        return "mail_space"
    if not text.isascii():
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


def mail_identity(address: str) -> str:
    """Return the form under which two spellings are one mailbox.

    Case never separates two people's addresses.
    """
    return address.lower()
