"""What may be written about a person: names, readings, statuses (DIR-1, DIR-11, DIR-12)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from common.words import Language
from directory.domain.dates import read_date
from directory.domain.errors import InvalidField
from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN, find_mail_problem
from directory.domain.names import (
    MAX_NAME_GRAPHEMES,
    count_graphemes,
    fold_for_search,
    has_unreadable_character,
    normalise_kana,
    tidy_name,
)
from directory.domain.phone_numbers import MAX_PHONES, Phone, read_phone
from directory.domain.roster.cells import MAX_MANAGEMENT_NUMBER, MAX_NOTE_GRAPHEMES
from directory.domain.tenure import Tenure, tenure_of
from directory.domain.words import STATUSES, MemberKind, MemberStatus

MAX_LABEL_GRAPHEMES = 50
FORM_COLUMNS = (
    "display_name",
    "formal_name",
    "kana",
    "number",
    "management_number",
    "birth_date",
    "note",
    "status",
    "status_since",
)
FIRST_STATUS = {MemberKind.PUPIL: MemberStatus.ENROLLED, MemberKind.STAFF: MemberStatus.ACTIVE}


@dataclass(frozen=True, slots=True)
class GuardianDraft:
    """A guardian to be registered with a new pupil.

    A mail address that the school knows brings its guardian along. `known_id`: a guardian of
    brothers or sisters, who is this one too; its name stays.
    """

    label: str
    name: str | None = None
    language: Language = Language.JA
    mails: tuple[str, ...] = ()
    known_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """A member to be registered; names and reading as somebody typed them.

    `next_number`: without a 出席番号 it gets the next one of its class.
    """

    kind: MemberKind
    display_name: str
    kana: str
    id: UUID | None = None
    formal_name: str | None = None
    number: int | None = None
    next_number: bool = False
    management_number: str | None = None
    birth_date: str | None = None
    note: str | None = None
    status: MemberStatus | None = None
    status_since: date | None = None
    class_id: UUID | None = None
    group_ids: tuple[UUID, ...] = ()
    guardians: tuple[GuardianDraft, ...] = ()
    mails: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class MemberPatch:
    """What is to be changed of a member: columns, class and groups by their names.

    `version`: of what was on the screen (`version_of`); None where nobody looked at one.
    """

    wanted: Mapping[str, Any]
    version: str | None = None


def check_text(name: str, text: str, limit: int = MAX_NAME_GRAPHEMES) -> str:
    """Return a name as it is kept: trimmed, otherwise as typed.

    Raise Invalid when empty, too long or not readable.
    """
    tidy = tidy_name(text)
    if not tidy:
        raise InvalidField(name, f"{name}_missing", "A name is needed.")
    if count_graphemes(tidy) > limit:
        raise InvalidField(
            name,
            f"{name}_too_long",
            f"At most {limit} characters are possible.",
            limit=limit,
        )
    if has_unreadable_character(tidy):
        raise InvalidField(
            name, "character_unreadable", "There is a character that cannot be shown."
        )
    return tidy


def check_kana(text: str) -> str:
    """Return a reading in full-width katakana; hiragana and half-width kana are accepted."""
    kana = normalise_kana(text)
    if kana is None:
        raise InvalidField("kana", "kana_unreadable", "A reading in katakana is needed.")
    return check_text("kana", kana)


def check_management_number(typed: str | None) -> str | None:
    """Return a 管理番号 as it is kept, or None where none was typed."""
    if typed is None or not typed.strip():
        return None
    return check_text("management_number", typed, MAX_MANAGEMENT_NUMBER)


def check_birth_date(typed: str | None, today: date) -> date | None:
    """Return a day of birth, typed as offices write days, or None where none was typed."""
    if typed is None or not typed.strip():
        return None
    day = read_date(typed)
    if day is None:
        raise InvalidField("birth_date", "date_unreadable", "This is no day.", value=typed)
    if day > today:
        raise InvalidField("birth_date", "birth_date_ahead", "This day is still to come.")
    return day


def check_note(typed: str | None) -> str | None:
    """Return a 備考 as it is kept, or None where none was typed."""
    if typed is None or not typed.strip():
        return None
    return check_text("note", typed, MAX_NOTE_GRAPHEMES)


def change_tenure(
    kind: MemberKind, now: Tenure, status: MemberStatus, since: date, today: date
) -> Tenure:
    """Return what a person is once a status of a day is written, or planned for a day to come.

    Raise Invalid for a status of the other kind of people, or a plan of what is so already.
    """
    if status not in STATUSES[kind]:
        raise InvalidField(
            "status", "status_of_other_kind", "This status does not fit this kind of member."
        )
    if now.plans_nothing(status.value, since, today):
        raise InvalidField("status", "planned_status_same", "This is the status of today already.")
    return now.turn(status.value, since, today)


def check_mails(mails: Iterable[str]) -> tuple[str, ...]:
    """Return addresses as typed, each once; raise Invalid for what cannot be delivered to."""
    found: dict[str, str] = {}
    for typed in mails:
        mail = typed.strip()
        if problem := find_mail_problem(mail):
            raise InvalidField("mails", problem, "This is not a mail address.", value=mail)
        found.setdefault(mail.lower(), mail)
    if len(found) > MAX_MAILS_A_GUARDIAN:
        raise InvalidField(
            "mails", "mails_too_many", "These are too many addresses.", limit=MAX_MAILS_A_GUARDIAN
        )
    return tuple(found.values())


def check_phones(phones: Iterable[Phone]) -> list[Phone]:
    """Return numbers as they are kept, each once; raise Invalid for what is no telephone number."""
    found: dict[str, Phone] = {}
    for typed in phones:
        number = read_phone(typed.number)
        if number is None:
            raise InvalidField(
                "phone_numbers",
                "phone_unreadable",
                "This is not a telephone number.",
                value=typed.number,
            )
        label = check_text("label", typed.label, MAX_LABEL_GRAPHEMES) if typed.label.strip() else ""
        phone = Phone(number, label)
        found.setdefault(phone.digits, phone)
    if len(found) > MAX_PHONES:
        raise InvalidField(
            "phone_numbers", "phones_too_many", "These are too many numbers.", limit=MAX_PHONES
        )
    return list(found.values())


def search_key(display_name: str, formal_name: str | None, kana: str) -> str:
    """Return what a search looks through; spaces are folded away inside each part."""
    return " ".join(
        fold_for_search(part) for part in (display_name, kana, formal_name or "") if part
    )


def management_number_of(fiscal_year: int, running: int) -> str:
    """Return a 管理番号 as the system gives it: 2026-0001."""
    return f"{fiscal_year}-{running:04d}"


def version_of(member: Mapping[str, Any], class_id: UUID | None) -> str:
    """Return a digest of what the form of a person shows.

    Whoever changes it, by whatever way (form, Excel, assigning of classes), changes the digest.
    """
    shown = [repr(member[name]) for name in FORM_COLUMNS]
    whole = "\x00".join([*shown, str(class_id)])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def mask_address(address: str) -> str:
    """Show enough of a mail address to recognise one's own: t•••@docomo.town.test."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else "•••"


def changed_columns(
    kind: MemberKind, now: Mapping[str, Any], wanted: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """Return the columns of a member that a change sets, checked; `now` are those it has."""
    columns: dict[str, Any] = {}
    if "display_name" in wanted:
        columns["display_name"] = check_text("display_name", wanted["display_name"])
    if "formal_name" in wanted:
        formal = wanted["formal_name"]
        is_given = formal and formal.strip()
        columns["formal_name"] = check_text("formal_name", formal) if is_given else None
    if "kana" in wanted:
        columns["kana"] = check_kana(wanted["kana"])
    if "number" in wanted:
        columns["number"] = wanted["number"]
    if "management_number" in wanted:
        columns["management_number"] = check_management_number(wanted["management_number"])
    if "birth_date" in wanted:
        columns["birth_date"] = check_birth_date(wanted["birth_date"], today)
    if "note" in wanted:
        columns["note"] = check_note(wanted["note"])
    if "status" in wanted or "status_since" in wanted:
        status = MemberStatus(wanted.get("status", now["status"]))
        is_same = status.value == now["status"]
        usual = now["status_since"] if is_same else today
        since = wanted.get("status_since") or usual
        tenure = change_tenure(kind, tenure_of(now), status, since, today)
        columns |= tenure.columns()
    merged = {**now, **columns}
    columns["search_key"] = search_key(
        merged["display_name"], merged["formal_name"], merged["kana"]
    )
    return columns
