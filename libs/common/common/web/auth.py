"""Who is calling, and what may be called by whom.

Every view carries a rule, given where it is defined: `@allow(staff(Right.MESSAGES_SEND),
service("gateway"))`. A request without a rule is an error of ours and answers 500; a test walks all
routes. The school comes from the token, never from the request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request

from common.errors import NotAllowed, Unauthenticated
from common.keys import USER_AUDIENCE, Keys, TokenRefused
from common.rights import Right, known
from common.words import SchoolPart

Handler = TypeVar("Handler", bound=Callable[..., Any])
_RULES = "_renraku_rules"


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in member of staff.

    `functions`: their rights; `own_only`: which of them are limited to own classes and groups,
    `group_ids`. `own_messages_only`: of messages, their school shows them those they sent (ID-7).
    """

    account_id: UUID
    school_id: UUID
    member_id: UUID | None
    role: str
    functions: frozenset[Right]
    own_only: frozenset[Right]
    group_ids: frozenset[UUID]
    own_messages_only: bool = False

    def may(self, right: Right) -> bool:
        return right in self.functions

    def limit_of(self, right: Right) -> frozenset[UUID] | None:
        """Return the groups to which a right is limited for this person.

        None for the whole school.
        """
        return self.group_ids if right in self.own_only else None


@dataclass(frozen=True, slots=True)
class Service:
    """Another house, speaking for one school or (None) for the system."""

    name: str
    school_id: UUID | None


@dataclass(frozen=True, slots=True)
class Operator:
    """A signed-in operator: of the installation, of no school."""

    operator_id: UUID
    school_id: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class LookingOperator:
    """An operator who looks at one part of one school's data, for a reason that the school sees.

    Identity gives such a token for a minute, while the operator's access to the school is open and
    after the look stands in the school's operation log (ID-10).
    """

    operator_id: UUID
    school_id: UUID
    part: SchoolPart


Caller = Staff | Service | Operator | LookingOperator


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to be allowed in: as a service by name, as staff, or as an operator.

    `right`: which of them staff need; None admits all who are signed in. `parts`: at which of them
    an operator must be looking. `is_for_families`: at My Page, of the gateway alone.
    """

    services: frozenset[str] = frozenset()
    is_for_staff: bool = False
    right: Right | None = None
    is_for_operators: bool = False
    parts: frozenset[SchoolPart] = frozenset()
    is_for_families: bool = False
    is_for_everybody: bool = False

    def admits(self, caller: Caller) -> bool:
        if isinstance(caller, Service):
            return caller.name in self.services
        if isinstance(caller, Operator):
            return self.is_for_operators
        if isinstance(caller, LookingOperator):
            return caller.part in self.parts
        return self.is_for_staff and (self.right is None or caller.may(self.right))


def staff(right: Right | None = None) -> Rule:
    """Admit signed-in staff who have this right; None admits all of them."""
    return Rule(is_for_staff=True, right=right)


def service(*names: str) -> Rule:
    """Admit these houses."""
    return Rule(services=frozenset(names))


def operator() -> Rule:
    """Admit operators who signed in with their second factor (ID-10)."""
    return Rule(is_for_operators=True)


def looking_operator(*parts: SchoolPart) -> Rule:
    """Admit operators who look at one of these parts of a school's data; only to read (ID-10)."""
    return Rule(parts=frozenset(parts))


def family() -> Rule:
    """Admit families who are signed in to My Page: a rule of pages, which no token fulfils."""
    return Rule(is_for_families=True)


PUBLIC = Rule(is_for_everybody=True)


def allow(*rules: Rule) -> Callable[[Handler], Handler]:
    """Attach the rules of a view (function or MethodView method); any one of them suffices.

    `allow(PUBLIC)`: no token needed.
    """

    def attach(handler: Handler) -> Handler:
        setattr(handler, _RULES, rules)
        return handler

    return attach


def rules_of(app: Flask, endpoint: str, method: str) -> tuple[Rule, ...]:
    """Return the rules of a route and method; empty where somebody forgot them."""
    view: Any = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        view = getattr(view_class, method.lower(), None)
        if not view and method == "HEAD":
            view = view_class.get
    while view is not None:
        if hasattr(view, _RULES):
            return tuple(getattr(view, _RULES))
        view = getattr(view, "__wrapped__", None)
    return ()


def caller() -> Caller:
    """Return who is calling in this request."""
    who: Caller = g.caller
    return who


def current_staff() -> Staff:
    """Return the signed-in member of staff; raise NotAllowed for anybody else."""
    who = caller()
    if not isinstance(who, Staff):
        raise NotAllowed("staff_only", "Only signed-in staff may do this.")
    return who


def current_operator() -> Operator:
    """Return the signed-in operator; raise NotAllowed for anybody else."""
    who = caller()
    if not isinstance(who, Operator):
        raise NotAllowed()
    return who


def token() -> str:
    """Return the token of this request.

    With it the caller's own right, not ours, decides at another house.
    """
    return request.headers["Authorization"].partition(" ")[2]


def school_id() -> UUID:
    """Return the school this request is for, from its token.

    Raises NotAllowed when the token is for the system.
    """
    who = caller()
    if who.school_id is None:
        raise NotAllowed("no_school", "This call needs a token for one school.")
    return who.school_id


def install(app: Flask, keys: Keys) -> None:
    """Check every request's token against the rules of its view before it runs."""

    def check() -> None:
        if request.endpoint is None or request.method == "OPTIONS":
            return
        rules = rules_of(app, request.endpoint, request.method)
        if not rules:
            raise RuntimeError(f"{request.method} {request.path} has no rule: who may call it?")
        if any(rule.is_for_everybody for rule in rules):
            return
        g.caller = who = _read_caller(keys)
        is_only_looking = isinstance(who, LookingOperator)
        changes = request.method not in ("GET", "HEAD")
        if (is_only_looking and changes) or not any(rule.admits(who) for rule in rules):
            current_app.logger.info("refused")
            raise NotAllowed()

    app.before_request(check)


def _read_caller(keys: Keys) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Unauthenticated()
    try:
        claims = keys.read_token(token)
        # Identity alone may sign for this audience: a house that calls itself staff stays a house.
        if claims["aud"] == USER_AUDIENCE:
            return _read_person(claims)
        if claims["aud"] != keys.service:
            raise TokenRefused("meant for somebody else")
        school = claims.get("school")
        return Service(claims["iss"], UUID(school) if school else None)
    except (TokenRefused, ValueError, KeyError) as error:
        raise Unauthenticated("bad_token", "The token is not valid.") from error


def _read_person(claims: dict[str, Any]) -> Staff | Operator | LookingOperator:
    """Return the person of a token for people.

    Raises TokenRefused for a kind that is none, or not with this school.
    """
    kind, school = claims.get("kind"), claims.get("school")
    if kind == "operator" and not school:
        return Operator(UUID(claims["sub"]))
    if kind == "operator":
        part = SchoolPart(claims["part"])
        return LookingOperator(UUID(claims["sub"]), UUID(school), part)
    if kind != "staff" or not school:
        raise TokenRefused("neither staff of a school nor an operator")
    member = claims.get("member")
    return Staff(
        account_id=UUID(claims["sub"]),
        school_id=UUID(school),
        member_id=UUID(member) if member else None,
        role=claims["role"],
        functions=known(claims["functions"]),
        own_only=known(claims["own_only"]),
        group_ids=frozenset(UUID(group) for group in claims["groups"]),
        own_messages_only=claims.get("own_messages", False),
    )
