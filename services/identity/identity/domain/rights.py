"""Who may do what.

The default rights of each role, the switches per person, and the last administrator (ID-2, ID-3).
Which rights there are says `common.rights`; rows and APIs call a right a function.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from common.errors import Invalid, Refused
from common.rights import GRANTS, Right, known, usual_for
from identity.domain.words import Role, StaffScope

DEFAULTS: Mapping[Role, frozenset[Right]] = {role: usual_for(role) for role in Role}
_LOOKING = frozenset(right for right in Right if GRANTS[right].looks)
_NEEDS_READING = frozenset(right for right in Right if GRANTS[right].needs_reading)
_RESERVED = frozenset(right for right in Right if GRANTS[right].reserved)


class LastAdministrator(Refused):
    """The change would leave a school without anybody who can give rights back."""

    def __init__(self) -> None:
        super().__init__("last_administrator", "A school keeps at least one administrator.")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do; `own_only`: what of it is limited to own classes and groups."""

    functions: frozenset[Right]
    own_only: frozenset[Right]


def rights_of(
    role: Role, scope: StaffScope, *, functions_off: Collection[str], functions_on: Collection[str]
) -> Rights:
    """Return the rights of a person: the role's defaults, with what is switched on and off.

    Administrators can't be restricted; nobody else can be given the reserved rights; who may not
    read messages sends none. With the scope of own classes and groups every right is limited to
    them, those switched on too.
    """
    if role is Role.ADMINISTRATOR:
        return Rights(DEFAULTS[role], frozenset())
    switched_on = known(functions_on) - _RESERVED
    functions = (DEFAULTS[role] | switched_on) - known(functions_off)
    if Right.MESSAGES_READ not in functions:
        functions -= _NEEDS_READING
    own_only = functions if scope is StaffScope.OWN else frozenset()
    return Rights(functions, own_only)


def read_only(rights: Rights) -> Rights:
    """Return what is left when a school's contract has ended: looking, not changing."""
    return Rights(rights.functions & _LOOKING, rights.own_only & _LOOKING)


@dataclass(frozen=True, slots=True)
class Switches:
    """How a person's rights differ from those of their role."""

    off: frozenset[Right]
    on: frozenset[Right]


def switched(role: Role, switches: Switches, right: Right, *, is_on: bool) -> Switches:
    """Return the switches with one right set; what the role has anyway is no switch."""
    usual = right in DEFAULTS[role]
    just_this = frozenset({right})
    off, on = switches.off - just_this, switches.on - just_this
    if is_on and not usual:
        on |= just_this
    if not is_on and usual:
        off |= just_this
    return Switches(off, on)


def usual_scope(role: Role) -> StaffScope:
    """Return what a role's rights reach where nobody said otherwise."""
    return StaffScope.OWN if role is Role.SENDER else StaffScope.SCHOOL


def check_scope(role: Role, scope: StaffScope) -> None:
    """Raise Invalid for an administrator of own classes only."""
    if role is Role.ADMINISTRATOR and scope is StaffScope.OWN:
        raise Invalid(
            "administrator_unrestricted",
            "An administrator can't be restricted.",
            fields={"scope": "role"},
        )


def check_switches(
    role: Role, *, functions_off: Collection[str], functions_on: Collection[str]
) -> None:
    """Raise Invalid for switches that name no function, or one this role can't have switched."""
    switched = {*functions_off, *functions_on}
    unknown = sorted(switched - known(switched))
    if unknown:
        raise Invalid(
            "function_unknown", "There is no such function.", fields={"functions": unknown}
        )
    if role is Role.ADMINISTRATOR and functions_off:
        raise Invalid(
            "administrator_unrestricted",
            "An administrator can't be restricted.",
            fields={"functions_off": "role"},
        )
    reserved = sorted(known(functions_on) & _RESERVED)
    if role is not Role.ADMINISTRATOR and reserved:
        raise Invalid(
            "function_reserved",
            "Only administrators have these functions.",
            fields={"functions_on": reserved},
        )


@dataclass(frozen=True, slots=True)
class Term:
    """When a role may sign in: the first and the last day in Japan; None: no such day."""

    starts_on: date | None = None
    ends_on: date | None = None

    def covers(self, day: date) -> bool:
        has_begun = self.starts_on is None or self.starts_on <= day
        return has_begun and (self.ends_on is None or day <= self.ends_on)


def check_term(term: Term) -> None:
    """Raise Invalid for a term that ends before it starts: nobody could ever sign in."""
    if term.starts_on is None or term.ends_on is None:
        return
    if term.ends_on < term.starts_on:
        raise Invalid(
            "term_invalid",
            "The last day comes before the first.",
            fields={"ends_on": "before_start"},
        )


def check_administrator_stays(terms: Collection[Term], today: date) -> None:
    """Raise LastAdministrator if a day comes on which a school has no administrator.

    `terms`: those of its active administrators as they will be. Only on the day after one ends
    can there be nobody who was there before.
    """
    days = [today]
    for term in terms:
        if term.ends_on is not None and term.ends_on >= today:
            days.append(term.ends_on + timedelta(days=1))
    for day in days:
        if not any(term.covers(day) for term in terms):
            raise LastAdministrator()
