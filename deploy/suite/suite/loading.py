"""Put the demo school into the running houses through their APIs, as an operator would.

The ids are stable: loading twice is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common import clock
from common.answers.identity import OperatorListOut, SchoolPageOut
from common.rights import GRANTS, Right
from identity.domain.words import Role
from suite import line_account
from suite.demo import operator
from suite.demo.categories import CATEGORIES
from suite.demo.model import Roster, StaffMember, id_of
from suite.demo.roster import demo_roster
from suite.demo.templates import as_messaging_takes_them
from suite.operator_client import OperatorClients

PASSWORD = "tsubameno-demo-2026"  # noqa: S105  # printed at start: the demo's people are fictional
PHONE_HOURS = "平日 7:50〜17:00"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to try the demo with."""

    mail: str
    words: str


def is_loaded(clients: OperatorClients) -> bool:
    """Return whether there is any school already."""
    schools: SchoolPageOut = clients.identity.call("GET", "/schools")
    return bool(schools["items"])


def load_demo(clients: OperatorClients) -> UUID:
    """Create the school with all that it begins with; return its id.

    That is its roster, its staff's accounts, categories, templates and its LINE account.
    """
    roster = demo_roster()
    administrator, *others = (person for person in roster.staff if person.role)
    school_id = id_of("school")
    clients.identity.call("POST", "/schools", json=_school(roster, school_id, administrator))
    clients.directory.call("POST", "/rosters", school_id=school_id, json=roster_body(roster))
    for person in others:
        clients.identity.call("POST", "/accounts", school_id=school_id, json=_account(person))
    load_texts(clients, school_id)
    line_account.register(clients, school_id)
    return school_id


def load_operator(clients: OperatorClients) -> None:
    """Add the demo's operator, whose codes the town shows.

    Only where nobody but this machine can sign in.
    """
    body = {
        "mail": operator.MAIL,
        "display_name": operator.NAME,
        "password": operator.PASSWORD,
        "totp_secret": operator.SECRET,
    }
    clients.identity.call("POST", "/operators", json=body)


def has_operator(clients: OperatorClients) -> bool:
    """Return whether the demo's operator is there, and was not removed."""
    operators: OperatorListOut = clients.identity.call("GET", "/operators")
    return any(found["mail"] == operator.MAIL for found in operators["items"])


def load_texts(clients: OperatorClients, school_id: UUID) -> None:
    """Give a school the supplied categories and templates."""
    categories = [
        {
            "name": category.name,
            "mark": category.mark,
            "colour": category.colour,
            "default_button": category.button,
        }
        for category in CATEGORIES
    ]
    clients.messaging.call("PUT", "/categories", school_id=school_id, json={"items": categories})
    clients.messaging.call("PUT", "/templates/supplied", json={"items": as_messaging_takes_them()})


def demo_accounts() -> list[DemoAccount]:
    """Return the accounts that a newcomer is shown: the vice principal and a homeroom teacher."""
    shown = ("山下 明子", "野口 大輔")
    people = [person for person in demo_roster().staff if person.display_name in shown]
    return [DemoAccount(person.mail, f"{person.post} {person.display_name}") for person in people]


def lines_of_accounts() -> list[str]:
    """Return the lines that say on the sign-in page who can sign in to the demo, and how."""
    accounts = [f"{account.words} {account.mail}" for account in demo_accounts()]
    return [*accounts, f"パスワード {PASSWORD}"]


def _school(roster: Roster, school_id: UUID, administrator: StaffMember) -> dict[str, Any]:
    school = roster.school
    account = _account(administrator)
    return {
        "id": str(school_id),
        "code": school.code,
        "kind": school.kind,
        "name": school.name,
        "short_name": school.short_name,
        "phone": school.phone,
        "phone_hours": PHONE_HOURS,
        "mail_local": school.mail_local,
        "member_limit": 600,
        "contract": {"starts_on": "2026-04-01", "contacts": []},
        "administrator": {
            "mail": account["mail"],
            "display_name": account["display_name"],
            "post": account["post"],
            "password": account["password"],
        },
    }


def _account(person: StaffMember) -> dict[str, Any]:
    """Return an account body."""
    return {
        "mail": person.mail,
        "display_name": person.display_name,
        "post": person.post,
        "role": person.role,
        "member_id": str(id_of(person.key)),
        "group_ids": [str(id_of(key)) for key in person.class_keys],
        "functions_off": list(person.functions_off),
        "functions_on": sorted(_switched_on(person)),
        "password": PASSWORD,
    }


def _switched_on(person: StaffMember) -> set[Right]:
    """Return what a limited administrator lacks by default and the demo doesn't list as off."""
    if person.role != Role.LIMITED_ADMINISTRATOR.value:
        return set()
    lacking = {right for right, grant in GRANTS.items() if not grant.limited and not grant.reserved}
    return lacking - set(person.functions_off)


def roster_body(roster: Roster) -> dict[str, Any]:
    """Return the demo roster as directory's POST /rosters takes it.

    It holds every channel's contact points, in stable order.
    """
    return {
        "groups": list(_groups(roster)),
        "members": [
            *_pupils(roster),
            *_staff(roster),
        ],
        "memberships": list(_memberships(roster)),
        "guardians": list(_guardians(roster)),
        "guardianships": list(_guardianships(roster)),
        "contact_points": [
            *_guardians_points(roster),
            *_staff_points(roster),
        ],
        "phone_numbers": list(_phone_numbers(roster)),
    }


def _groups(roster: Roster) -> Iterable[dict[str, Any]]:
    for group in roster.groups:
        yield {
            "id": str(id_of(group.key)),
            "kind": group.kind,
            "name": group.name,
            "parent_id": str(id_of(group.parent)) if group.parent else None,
            "position": group.position,
            "fiscal_year": clock.fiscal_year(clock.today()),
        }


def _pupils(roster: Roster) -> Iterable[dict[str, Any]]:
    for p in roster.pupils:
        yield {
            "id": str(id_of(p.key)),
            "kind": "pupil",
            "display_name": p.display_name,
            "formal_name": p.formal_name,
            "kana": p.kana,
            "number": p.number,
            "status": p.status,
            "status_since": p.status_since.isoformat(),
        }


def _staff(roster: Roster) -> Iterable[dict[str, Any]]:
    year_began_at = clock.fiscal_year_start(clock.fiscal_year(clock.today()))
    since = year_began_at.astimezone(clock.JST).date().isoformat()
    for s in roster.staff:
        yield {
            "id": str(id_of(s.key)),
            "kind": "staff",
            "display_name": s.display_name,
            "formal_name": None,
            "kana": s.kana,
            "number": None,
            "status": "active",
            "status_since": since,
        }


def _memberships(roster: Roster) -> Iterable[dict[str, Any]]:
    for p in roster.pupils:
        if p.class_key:
            yield {
                "group_id": str(id_of(p.class_key)),
                "member_id": str(id_of(p.key)),
                "kind": "enrolled",
            }
        for key in p.joined:
            yield {"group_id": str(id_of(key)), "member_id": str(id_of(p.key)), "kind": "joined"}
    for group_key, staff_key in roster.staff_memberships:
        yield {
            "group_id": str(id_of(group_key)),
            "member_id": str(id_of(staff_key)),
            "kind": "joined",
        }


def _guardians(roster: Roster) -> Iterable[dict[str, Any]]:
    for guardian in roster.guardians:
        yield {
            "id": str(id_of(guardian.key)),
            "name": guardian.name,
            "language": guardian.language,
        }


def _guardianships(roster: Roster) -> Iterable[dict[str, Any]]:
    for link in roster.guardianships:
        yield {
            "member_id": str(id_of(link.pupil_key)),
            "guardian_id": str(id_of(link.guardian_key)),
            "label": link.label,
            "position": link.position,
            "protected": link.protection,
        }


def _guardians_points(roster: Roster) -> Iterable[dict[str, Any]]:
    for guardian in roster.guardians:
        for point in guardian.contact_points:
            health = None
            if point.health != "ok":
                health = {"code": point.health, "since": point.since.isoformat()}
            yield {
                "id": str(id_of(point.key)),
                "guardian_id": str(id_of(guardian.key)),
                "member_id": None,
                "kind": point.kind,
                "address": point.address,
                "health": health,
            }


def _phone_numbers(roster: Roster) -> Iterable[dict[str, Any]]:
    """Give each child the phones of its guardians, in the guardians' order."""
    guardians = {guardian.key: guardian for guardian in roster.guardians}
    for link in roster.guardianships:
        for place, number in enumerate(guardians[link.guardian_key].phones):
            key = f"phone/{link.pupil_key}/{link.guardian_key}/{place}"
            yield {
                "id": str(id_of(key)),
                "member_id": str(id_of(link.pupil_key)),
                "position": 10 * link.position + place,
                "label": link.label,
                "number": number,
            }


def _staff_points(roster: Roster) -> Iterable[dict[str, Any]]:
    for s in roster.staff:
        yield {
            "id": str(id_of(f"{s.key}/mail")),
            "guardian_id": None,
            "member_id": str(id_of(s.key)),
            "kind": "mail",
            "address": s.mail,
            "health": None,
        }
