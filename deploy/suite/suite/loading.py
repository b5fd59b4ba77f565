"""Put the demo school into the running houses through their APIs, as an operator would. Stable ids: loading twice is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common import clock
from identity.domain.rights import OFF_FOR_LIMITED
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
    return bool(clients.identity.call("GET", "/schools")["items"])


def load_demo(clients: OperatorClients) -> UUID:
    """Create the school, its roster, its staff's accounts, categories and templates; return the school's id."""
    roster = demo_roster()
    administrator, *others = [person for person in roster.staff if person.role]
    school_id = id_of("school")
    clients.identity.call("POST", "/schools", json=_school(roster, school_id, administrator))
    clients.directory.call("POST", "/rosters", school_id=school_id, json=roster_body(roster))
    for person in others:
        clients.identity.call("POST", "/accounts", school_id=school_id, json=_account(person))
    load_texts(clients, school_id)
    line_account.register(clients, school_id)
    return school_id


def load_operator(clients: OperatorClients) -> None:
    """Add the demo's operator, whose codes the town shows: only where nobody but this machine can sign in."""
    body = {"mail": operator.MAIL, "display_name": operator.NAME, "password": operator.PASSWORD, "totp_secret": operator.SECRET}
    clients.identity.call("POST", "/operators", json=body)


def has_operator(clients: OperatorClients) -> bool:
    """Return whether the demo's operator is there, and was not removed."""
    return any(found["mail"] == operator.MAIL for found in clients.identity.call("GET", "/operators")["items"])


def load_texts(clients: OperatorClients, school_id: UUID) -> None:
    """Give a school the supplied categories and templates."""
    categories = [{"name": c.name, "mark": c.mark, "colour": c.colour, "default_button": c.button} for c in CATEGORIES]
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
        "administrator": {key: _account(administrator)[key] for key in ("mail", "display_name", "post", "password")},
    }


def _account(person: StaffMember) -> dict[str, Any]:
    """Return an account body; what a limited administrator lacks by default and the demo doesn't list as off, is on."""
    limited = person.role == Role.LIMITED_ADMINISTRATOR.value
    on = OFF_FOR_LIMITED - set(person.functions_off) if limited else frozenset()
    return {
        "mail": person.mail,
        "display_name": person.display_name,
        "post": person.post,
        "role": person.role,
        "member_id": str(id_of(person.key)),
        "group_ids": [str(id_of(key)) for key in person.class_keys],
        "functions_off": list(person.functions_off),
        "functions_on": sorted(on),
        "password": PASSWORD,
    }


def roster_body(roster: Roster) -> dict[str, Any]:
    """Return the demo roster as directory's POST /rosters takes it; every channel's contact points, in stable order."""
    return {
        "groups": [
            {
                "id": str(id_of(g.key)),
                "kind": g.kind,
                "name": g.name,
                "parent_id": str(id_of(g.parent)) if g.parent else None,
                "position": g.position,
                "fiscal_year": clock.fiscal_year(clock.today()),
            }
            for g in roster.groups
        ],
        "members": [*_pupils(roster), *_staff(roster)],
        "memberships": list(_memberships(roster)),
        "guardians": [{"id": str(id_of(g.key)), "name": g.name, "language": g.language} for g in roster.guardians],
        "guardianships": [
            {
                "member_id": str(id_of(link.pupil_key)),
                "guardian_id": str(id_of(link.guardian_key)),
                "label": link.label,
                "position": link.position,
                "protected": link.protection,
            }
            for link in roster.guardianships
        ],
        "contact_points": [*_guardians_points(roster), *_staff_points(roster)],
        "phone_numbers": list(_phone_numbers(roster)),
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
    for s in roster.staff:
        yield {
            "id": str(id_of(s.key)),
            "kind": "staff",
            "display_name": s.display_name,
            "formal_name": None,
            "kana": s.kana,
            "number": None,
            "status": "active",
            "status_since": clock.fiscal_year_start(clock.fiscal_year(clock.today())).astimezone(clock.JST).date().isoformat(),
        }


def _memberships(roster: Roster) -> Iterable[dict[str, Any]]:
    for p in roster.pupils:
        if p.class_key:
            yield {"group_id": str(id_of(p.class_key)), "member_id": str(id_of(p.key)), "kind": "enrolled"}
        for key in p.joined:
            yield {"group_id": str(id_of(key)), "member_id": str(id_of(p.key)), "kind": "joined"}
    for group_key, staff_key in roster.staff_memberships:
        yield {"group_id": str(id_of(group_key)), "member_id": str(id_of(staff_key)), "kind": "joined"}


def _guardians_points(roster: Roster) -> Iterable[dict[str, Any]]:
    for guardian in roster.guardians:
        for point in guardian.contact_points:
            yield {
                "id": str(id_of(point.key)),
                "guardian_id": str(id_of(guardian.key)),
                "member_id": None,
                "kind": point.kind,
                "address": point.address,
                "health": None if point.health == "ok" else {"code": point.health, "since": point.since.isoformat()},
            }


def _phone_numbers(roster: Roster) -> Iterable[dict[str, Any]]:
    """Give each child the phones of its guardians, in the guardians' order."""
    guardians = {guardian.key: guardian for guardian in roster.guardians}
    for link in roster.guardianships:
        for place, number in enumerate(guardians[link.guardian_key].phones):
            yield {
                "id": str(id_of(f"phone/{link.pupil_key}/{link.guardian_key}/{place}")),
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
