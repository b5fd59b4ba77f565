"""Who may do what.

The default rights of each role, the switches per person, and the last administrator (ID-2, ID-3).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from common.errors import Invalid, Refused
from identity.domain.words import Role, RoleStatus

FUNCTIONS = (
    "messages.read",
    "messages.send",
    "messages.send_urgent",
    "messages.approve",
    "messages.personal",
    "reports.see",
    "reports.enter",
    "roster.see",
    "roster.change",
    "registration.see",
    "phones.see",
    "protected.see",
    "categories.edit",
    "statistics.see",
    "log.see",
    "settings.edit",
)
# Accounts and the log of what administrators did: whoever may grant rights must not be able to be
# granted that right.
RESERVED = frozenset({"log.see", "settings.edit"})
OFF_FOR_LIMITED = frozenset(
    {"messages.send_urgent", "messages.approve", "roster.change", "protected.see"}
)
LOOKING = frozenset(
    {
        "messages.read",
        "reports.see",
        "roster.see",
        "registration.see",
        "phones.see",
        "protected.see",
        "statistics.see",
        "log.see",
    }
)
# Who sends sees what becomes of it: with reading, these are switched off too.
_NEEDS_READING = frozenset({"messages.send", "messages.send_urgent", "messages.approve"})
_SENDER = frozenset(
    {
        "messages.read",
        "messages.send",
        "messages.personal",
        "reports.see",
        "reports.enter",
        "roster.see",
        "registration.see",
        "phones.see",
        "statistics.see",
    }
)
# A report taken by phone may be about any child: the colleague who answers enters it.
_NEVER_LIMITED = frozenset({"reports.enter", "categories.edit"})

DEFAULTS: dict[Role, frozenset[str]] = {
    Role.ADMINISTRATOR: frozenset(FUNCTIONS),
    Role.LIMITED_ADMINISTRATOR: frozenset(FUNCTIONS) - RESERVED - OFF_FOR_LIMITED,
    Role.SENDER: _SENDER,
}


class LastAdministrator(Refused):
    """The change would leave a school without anybody who can give rights back."""

    def __init__(self) -> None:
        super().__init__("last_administrator", "A school keeps at least one administrator.")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do; `own_only`: the functions limited to own classes and groups."""

    functions: frozenset[str]
    own_only: frozenset[str]


def rights_of(
    role: Role, *, functions_off: Collection[str], functions_on: Collection[str]
) -> Rights:
    """Return the rights of a person: the role's defaults, with what is switched on and off.

    Administrators can't be restricted; nobody else can be given the reserved functions; who may not
    read messages sends none. A sender's functions are limited to own classes and groups, those
    switched on too.
    """
    if role is Role.ADMINISTRATOR:
        return Rights(DEFAULTS[role], frozenset())
    switched_on = set(functions_on) & set(FUNCTIONS)
    functions = DEFAULTS[role] | (switched_on - RESERVED)
    functions -= set(functions_off)
    if "messages.read" not in functions:
        functions -= _NEEDS_READING
    own_only = functions - _NEVER_LIMITED if role is Role.SENDER else frozenset()
    return Rights(functions, own_only)


def read_only(rights: Rights) -> Rights:
    """Return what is left when a school's contract has ended: looking, not changing."""
    return Rights(rights.functions & LOOKING, rights.own_only & LOOKING)


def check_switches(
    role: Role, *, functions_off: Collection[str], functions_on: Collection[str]
) -> None:
    """Raise Invalid for switches that name no function, or one this role can't have switched."""
    unknown = sorted((set(functions_off) | set(functions_on)) - set(FUNCTIONS))
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
    if role is not Role.ADMINISTRATOR and (reserved := sorted(set(functions_on) & RESERVED)):
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
