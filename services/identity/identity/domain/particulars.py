"""What an operator keeps of a school and its contract, and may change (OPS-1, OPS-9)."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import date

from common.errors import Invalid, Refused

POSTAL_CODE = re.compile(r"(\d{3})-?(\d{4})")
# Digits in groups, an area code in brackets, a country code: what people write.
PHONE = re.compile(r"\+?[0-9() -]{1,20}")
_VERSION_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Contact:
    """契約管理者, or the second person: whom the operator reaches about the contract."""

    name: str
    post: str = ""
    postal_code: str = ""
    address: str = ""
    mail: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Particulars:
    """A school as the operator's form shows it.

    `first_day`: of the contract. `individual_agreement`: whether more is agreed than the terms of
    use say; `agreement_number`: by which number, where it has one. `reseller`: through whom the
    school came; "": directly.
    """

    name: str
    short_name: str
    phone: str
    member_limit: int
    first_day: date
    phone_hours: str = ""
    reseller: str = ""
    individual_agreement: bool = False
    agreement_number: str = ""
    contacts: tuple[Contact, ...] = ()

    def version(self) -> str:
        """Return what is another one as soon as anything here is, whoever changed it."""
        text = json.dumps(asdict(self), default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_VERSION_LETTERS]

    def fields_unlike(self, other: Particulars) -> list[str]:
        """Return the names of the fields that are not the same in another one."""
        names = [field.name for field in fields(self)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


class SchoolChangedElsewhere(Refused):
    """Somebody changed the school after it was read: what was typed since is not saved."""

    def __init__(self) -> None:
        super().__init__(
            "school_changed_elsewhere", "The school was changed after you opened the form."
        )


def check_first_day(first_day: date, ends_on: date | None) -> None:
    """Raise Invalid for a contract that would begin after its last day."""
    if ends_on is not None and first_day > ends_on:
        raise Invalid(
            "school_invalid",
            "These particulars can't be used.",
            fields={"contract": {"starts_on": "after_end"}},
        )


def written_postal_code(text: str) -> str:
    """Return a postal code as 123-4567, or nothing; raise ValueError for what is none."""
    if not text.strip():
        return ""
    found = POSTAL_CODE.fullmatch(_plain(text).removeprefix("〒"))
    if found is None:
        raise ValueError("no postal code")
    return "-".join(found.groups())


def written_phone(text: str) -> str:
    """Return a telephone number in half width, or nothing; raise ValueError for what is none."""
    if not text.strip():
        return ""
    number = _plain(text)
    if not PHONE.fullmatch(number):
        raise ValueError("no telephone number")
    return number


def _plain(text: str) -> str:
    """Return digits in half width and one sort of stroke: a Japanese keyboard has half a dozen."""
    narrow = unicodedata.normalize("NFKC", text).strip()
    return re.sub("[‐‑–—―−ー]", "-", narrow)
