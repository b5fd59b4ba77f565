"""Who may do what.

The default rights of each role, the switches per person, and the last administrator (ID-2, ID-3).
Which rights there are says `common.rights`; rows and APIs call a right a function.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from common.errors import Invalid, Refused
from common.rights import GRANTS, Right, known
from identity.domain.words import Role, RoleStatus

DEFAULTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.LIMITED_ADMINISTRATOR: frozenset(right for right in Right if GRANTS[right].limited),
    Role.SENDER: frozenset(right for right in Right if GRANTS[right].sender),
}
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
    role: Role, *, functions_off: Collection[str], functions_on: Collection[str]
) -> Rights:
    """Return the rights of a person: the role's defaults, with what is switched on and off.

    Administrators can't be restricted; nobody else can be given the reserved rights; who may not
    read messages sends none. A sender's rights are limited to own classes and groups, those
    switched on too.
    """
    if role is Role.ADMINISTRATOR:
        return Rights(DEFAULTS[role], frozenset())
    switched_on = known(functions_on) - _RESERVED
    functions = (DEFAULTS[role] | switched_on) - known(functions_off)
    if Right.MESSAGES_READ not in functions:
        functions -= _NEEDS_READING
    own_only = functions if role is Role.SENDER else frozenset()
    return Rights(functions, own_only)


def read_only(rights: Rights) -> Rights:
    """Return what is left when a school's contract has ended: looking, not changing."""
    return Rights(rights.functions & _LOOKING, rights.own_only & _LOOKING)


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


def check_administrator_stays(
    administrators: Collection[UUID], changed: UUID, role: Role, status: RoleStatus
) -> None:
    """Raise LastAdministrator if a change would leave no administrator.

    `changed`, becoming `role` and `status`, is then the only one of the active `administrators`.
    """
    stays = role is Role.ADMINISTRATOR and status is RoleStatus.ACTIVE
    if not stays and set(administrators) == {changed}:
        raise LastAdministrator()
