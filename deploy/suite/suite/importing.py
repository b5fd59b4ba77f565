"""`renraku import FILE.xlsx`: make a school of one's own out of a roster workbook.

All or nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from common import clock
from common.answers.directory import ImportCounts
from common.answers.identity import CreatedSchoolOut
from common.words import words_of
from directory.actions.read_workbook import read_sheets
from directory.domain.roster.plan import read_roster
from directory.domain.workbooks import WorkbookRefused
from gateway.domain.cell_words import explain_cell, explain_nothing_registered
from gateway.domain.words import words_for
from suite import line_account
from suite.loading import load_texts
from suite.operator_client import OperatorClients

KIND = "elementary"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportRefused(Exception):
    """The file can't become a roster; `sentences` say why and what to do, cell by cell."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class NewSchool:
    """What the person who imports is told."""

    name: str
    code: str
    administrator: str
    administrator_mail: str
    password: str
    counts: ImportCounts


@dataclass(frozen=True, slots=True)
class SchoolWish:
    """What the command line says of the school to be made."""

    name: str
    short_name: str
    mail_local: str
    administrator: str
    administrator_mail: str


def import_school(clients: OperatorClients, path: Path, wish: SchoolWish) -> NewSchool:
    """Check the workbook first, then make the school, its roster and its administrator.

    Raises ImportRefused. The roster is checked before the school exists, so that a refused file
    leaves nothing behind.
    """
    content = path.read_bytes()
    check(content)
    school_id, password = uuid4(), secrets.token_urlsafe(12)
    body = {
        "id": str(school_id),
        "kind": KIND,
        "name": wish.name,
        "short_name": wish.short_name,
        "phone": "",
        "mail_local": wish.mail_local,
        "member_limit": 5000,
        "contract": {"starts_on": clock.today().isoformat(), "contacts": []},
        "administrator": {
            "mail": wish.administrator_mail,
            "display_name": wish.administrator,
            "post": "",
            "password": password,
        },
    }
    created: CreatedSchoolOut = clients.identity.call("POST", "/schools", json=body)
    files = {"file": (path.name, content, TYPE)}
    counts: ImportCounts = clients.directory.call(
        "POST", "/imports", school_id=school_id, files=files
    )
    load_texts(clients, school_id)
    line_account.register(clients, school_id)
    return NewSchool(
        name=wish.name,
        code=created["code"],
        administrator=wish.administrator,
        administrator_mail=wish.administrator_mail,
        password=password,
        counts=counts,
    )


def check(content: bytes) -> None:
    """Read and understand a workbook.

    Raise ImportRefused with every sentence that its author needs.
    """
    school = words_of(KIND)
    try:
        sheets = read_sheets(content)
        reading = read_roster(sheets)
    except WorkbookRefused as refusal:
        sentence = words_for(
            refusal.code,
            refusal.fields,
            school=school,
        )
        raise ImportRefused([sentence]) from None
    if reading.plan is None:
        sentences = [explain_cell(error.as_json(), school) for error in reading.errors]
        sentences.append(explain_nothing_registered(len(reading.errors)))
        raise ImportRefused(sentences)
