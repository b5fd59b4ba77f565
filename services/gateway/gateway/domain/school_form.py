"""The form of a school and its contract: as typed, as identity takes it, what is wrong and where.

A field is called by its path in what identity takes: `contract.contacts.0.mail`. Identity alone
judges; here are the words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.answers.identity import SchoolOfOperatorOut
from common.errors import ServiceError
from gateway.domain import form_problems
from gateway.domain.contract_end import read_day

LABELS: Mapping[str, str] = {
    "kind": "種別",
    "name": "学校名",
    "short_name": "略称",
    "phone": "電話番号",
    "phone_hours": "電話の受付時間",
    "mail_local": "メールアドレスの@より前",
    "member_limit": "契約の人数",
    "contract.starts_on": "契約の始まりの日",
    "contract.reseller": "販売店",
    "contract.individual_agreement": "個別契約",
    "contract.agreement_number": "個別契約の番号",
    "administrator.mail": "メールアドレス",
    "administrator.display_name": "氏名",
    "administrator.post": "職名",
}
CONTACT_LABELS: Mapping[str, str] = {
    "name": "氏名",
    "post": "職名",
    "postal_code": "郵便番号",
    "address": "住所",
    "mail": "メールアドレス",
    "phone": "電話番号",
}
# The one who signed, and the second person; a school that has more keeps them.
FEWEST_CONTACTS, MOST_CONTACTS = 2, 10
_CONTACTS = "contract.contacts."
_OF_FIELD: Mapping[tuple[str, str], str] = {
    ("short_name", "too_long"): "略称は8文字までです。メールの件名の頭に付きます。",
    ("member_limit", "out_of_range"): "契約の人数は、1人から100,000人までです。",
    ("contract.starts_on", "after_end"): "契約の終わりより後の日にはできません。",
    ("kind", "empty"): "種別を選んでください。",
}


@dataclass(frozen=True, slots=True)
class SchoolForm:
    """What was typed, by path, and the sentence for each field that can't stay so."""

    typed: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def contacts(self) -> range:
        """Return the numbers of the contacts that the form has room for."""
        filled = _contacts_in(self.typed)
        return range(max(FEWEST_CONTACTS, filled))

    def told(self) -> list[tuple[str, str, str]]:
        """Return what is wrong in the order of the form: path, whose field it is, sentence."""
        return [(path, label_of(path), self.problems[path]) for path in _paths(self.problems)]


def _paths(problems: Mapping[str, str]) -> list[str]:
    places = {path: place for place, path in enumerate(_every_path())}
    return sorted(problems, key=lambda path: places.get(path, len(places)))


def _every_path() -> Iterator[str]:
    for path in LABELS:
        if path.startswith("administrator."):
            break
        yield path
    for number in range(MOST_CONTACTS):
        for name in CONTACT_LABELS:
            yield _path(number, name)
    yield from (path for path in LABELS if path.startswith("administrator."))


def _path(number: int, name: str) -> str:
    return f"{_CONTACTS}{number}.{name}"


def label_of(path: str) -> str:
    """Return what the form calls a field: 第二のご担当者の氏名; nothing for what is none."""
    if path in LABELS:
        whose = "最初の管理者の" if path.startswith("administrator.") else ""
        return f"{whose}{LABELS[path]}"
    number, _, name = path.removeprefix(_CONTACTS).partition(".")
    if not path.startswith(_CONTACTS) or name not in CONTACT_LABELS:
        return ""
    return f"{say_contact(int(number))}の{CONTACT_LABELS[name]}"


def say_contact(number: int) -> str:
    """Return what a contact is called."""
    called = ("契約のご担当者", "第二のご担当者")
    return called[number] if number < len(called) else f"{number + 1}人目のご担当者"


def read_form(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into the form's fields."""
    return {path: form.get(path, "").strip() for path in _every_path()}


def typed_of(school: SchoolOfOperatorOut) -> dict[str, str]:
    """Return a school as its form shows it before anything is typed."""
    typed = dict.fromkeys(_every_path(), "")
    contract = school["contract"]
    assert contract is not None, "of an erased school there is no form"
    typed |= {
        "name": school["name"],
        "short_name": school["short_name"],
        "phone": school["phone"],
        "phone_hours": school["phone_hours"],
        "member_limit": str(contract["member_limit"]),
        "contract.starts_on": contract["starts_on"],
        "contract.reseller": contract["reseller"],
        "contract.individual_agreement": "1" if contract["individual_agreement"] else "",
        "contract.agreement_number": contract["agreement_number"],
    }
    for number, contact in enumerate(school["contacts"]):
        for name, text in contact.items():
            typed[_path(number, name)] = str(text)
    return typed


def changes_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return a school and its contract as identity takes them."""
    first_day = read_day(typed["contract.starts_on"])
    number = typed["contract.agreement_number"]
    contract = {
        "starts_on": first_day.isoformat() if first_day else typed["contract.starts_on"],
        "reseller": typed["contract.reseller"],
        # Who types a number means that there is one.
        "individual_agreement": bool(typed["contract.individual_agreement"] or number),
        "agreement_number": number,
        "contacts": _contacts_of(typed),
    }
    heads = _narrow(typed["member_limit"]).replace(",", "").removesuffix("人")
    return {
        "name": typed["name"],
        "short_name": typed["short_name"],
        "phone": typed["phone"],
        "phone_hours": typed["phone_hours"],
        "member_limit": heads or None,
        "contract": contract,
    }


def new_school_of(typed: Mapping[str, str], school_id: str) -> dict[str, Any]:
    """Return a school to be, as identity takes it; `school_id`: chosen by the form."""
    administrator = {
        "mail": _narrow(typed["administrator.mail"]),
        "display_name": typed["administrator.display_name"],
        "post": typed["administrator.post"],
    }
    return {
        **changes_of(typed),
        "id": school_id,
        "kind": typed["kind"],
        "mail_local": _narrow(typed["mail_local"]).lower(),
        "administrator": administrator,
    }


def _contacts_of(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the contacts up to the last that has something; their numbers are the form's."""
    contacts = []
    for number in range(_contacts_in(typed)):
        contact = {name: typed[_path(number, name)] for name in CONTACT_LABELS}
        contact["mail"] = _narrow(contact["mail"])
        contacts.append(contact)
    return contacts


def _contacts_in(typed: Mapping[str, str]) -> int:
    filled = 0
    for number in range(MOST_CONTACTS):
        paths = [_path(number, name) for name in CONTACT_LABELS]
        if any(typed.get(path) for path in paths):
            filled = number + 1
    return filled


def problems_of(error: ServiceError) -> dict[str, str]:
    """Return the sentence for each field that identity refuses; none for another refusal."""
    found = form_problems.problems_of(error, label_of)
    return {path: _say_problem(path, problem) for path, problem in found.items()}


def _say_problem(path: str, problem: str) -> str:
    of_field = _OF_FIELD.get((path, problem))
    if of_field is not None:
        return of_field
    name = path.rpartition(".")[2]
    return form_problems.say_problem(LABELS.get(path) or CONTACT_LABELS[name], problem)


def _narrow(text: str) -> str:
    """Return letters and digits in half width."""
    return unicodedata.normalize("NFKC", text).strip()
