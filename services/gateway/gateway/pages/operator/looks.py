"""What an operator may look at now, by an access with a reason (ID-10)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from common import clock
from common.answers.identity import ListedAccessOut, SchoolOfOperatorOut
from common.errors import Refused
from common.words import SchoolPart
from gateway.clients import Clients
from gateway.domain import access
from gateway.pages import door, errors, ways


def standing_access(found: list[ListedAccessOut]) -> ListedAccessOut | None:
    """Return the access by which this operator may look now."""
    me = door.current_operator().id
    now = clock.now()
    for each in found:
        if each["operator_id"] == me and access.is_open(each, now):
            return each
    return None


@dataclass(frozen=True, slots=True)
class Look:
    """A look at one part of a school's data. `houses`: as they answer it."""

    school: SchoolOfOperatorOut
    access: ListedAccessOut
    houses: Clients


def look_at(school_id: UUID, part: SchoolPart, *, otherwise: str = "") -> Look | AnyResponse:
    """Return a look that stands in the school's log; without an access, the way to begin one.

    `otherwise`: what is said there to who has none; else that its time is over.
    """
    ways.demand_no_other_site()
    identity = door.operators_houses().identity
    school = identity.school(school_id)
    standing = standing_access(identity.accesses(school_id))
    if standing is not None:
        try:
            token = identity.look(school_id, standing["id"], part)
        except Refused as error:
            if error.code != "access_over":
                raise
        else:
            return Look(school, standing, door.clients().speaking_for(token))
    flash(otherwise or errors.sentence("access_over"), "error")
    return redirect(url_for("operator_accesses.overview", school_id=school_id), 303)
