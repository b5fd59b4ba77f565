"""学校・契約: the schools, how far the end of one is, and its certificate (OPS-1, RET-1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.identity import SchoolOfOperatorOut
from common.answers.retention import ErasureOut
from gateway.clients.calls import CERTIFICATE, CERTIFICATE_TO_CHECK, Call
from gateway.domain import contract_end, erasures
from gateway.domain.menu import MenuLine
from gateway.pages import door
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_schools", __name__, url_prefix="/operator/schools")
ROOMS = (
    "operator_schools",
    "operator_new_school",
    "operator_school_changes",
    "operator_endings",
    "operator_accesses",
    "operator_recoveries",
)
PER_PAGE = 100
LONGEST_QUERY = 100
# Seconds.
POLL_WHILE_RUNNING, POLL_NO_MORE = 3, 0
# Two minutes: each round counts as a press, and an open page must not keep an operator signed in.
POLL_ROUNDS = 40
RUNNING = ("preparing", "erasing", "erased")


@blueprint.get("")
@operator_page(title="学校・契約", menu=MenuLine("school", rooms=ROOMS))
def schools() -> Any:
    """List the schools by code, or those that some words name."""
    after = request.args.get("after")
    query = request.args.get("query", "").strip()[:LONGEST_QUERY]
    found = door.operators_houses().identity.schools(query=query, after=after, limit=PER_PAGE)
    return render_template(
        "operator/schools.html",
        schools=found["items"],
        next=found["next"],
        after=after,
        query=query,
    )


@blueprint.get("/<uuid:school_id>")
@operator_page()
def school(school_id: UUID) -> Any:
    """Show a school's contract, how far its end is, and the form that ends it."""
    stand = progress_of(school_id)
    erasure = stand["erasure"]
    if erasure:
        ended_on = erasure["ended_on"]
        grace_days = erasure["grace_days"]
    else:
        contract = stand["school"]["contract"] or {}
        ended_on = contract.get("ends_on") or ""
        grace_days = contract_end.USUAL_GRACE_DAYS
    return render_template(
        "operator/school.html", ended_on=ended_on, grace_days=grace_days, **stand
    )


@blueprint.get("/<uuid:school_id>/progress")
@operator_page()
def progress(school_id: UUID) -> Any:
    """Give the part of a school's page that changes."""
    return render_template("operator/parts/progress.html", **progress_of(school_id))


def progress_of(school_id: UUID) -> dict[str, Any]:
    """Return a school with how far its end is; `state`: "" while its contract has no end."""
    houses = door.operators_houses()
    today = clock.today()
    found = houses.identity.school(school_id)
    erasure = houses.retention.find_erasure(school_id)
    awaits = request.args.get("awaits", "")
    if erasure is not None and contract_end.is_outdated(erasure, awaits):
        # These are the days of the plan before; those of the new one come within seconds.
        erasure = None
    state = _state_of(found, erasure)
    is_not_erasing = state in ("", "preparing", "waiting", "read_only")
    return {
        "school": found,
        "erasure": erasure,
        "state": state,
        "steps": erasures.steps_of(erasure) if erasure else [],
        "clocks": erasures.clocks_of(erasure, today) if erasure else [],
        "may_change": found["state"] in ("active", "ended"),
        "may_end": is_not_erasing and found["state"] in ("active", "ended"),
        "awaits": awaits or None,
        "every": POLL_WHILE_RUNNING if state in RUNNING else POLL_NO_MORE,
        "rounds": POLL_ROUNDS,
        "day": today,
    }


def _state_of(school: SchoolOfOperatorOut, erasure: ErasureOut | None) -> str:
    """Return how far the end is, as retention tells it; before it has heard, as identity knows."""
    if erasure:
        return erasure["state"]
    contract = school["contract"]
    has_last_day = contract is not None and contract["ends_on"] is not None
    has_end = school["state"] != "active" or has_last_day
    return "preparing" if has_end else ""


@blueprint.post("/<uuid:school_id>/hand-over")
@operator_page()
def hand_over(school_id: UUID) -> Any:
    """Note that the school was given its certificate."""
    door.operators_houses().retention.hand_over(school_id)
    flash("証明書を学校に渡したことを記録しました。", "done")
    return redirect(url_for("operator_schools.school", school_id=school_id), 303)


@blueprint.get("/<uuid:school_id>/certificate.pdf")
@operator_page()
def certificate(school_id: UUID) -> Response:
    """Give the certificate on paper."""
    return _file(CERTIFICATE, school_id, "application/pdf", "pdf")


@blueprint.get("/<uuid:school_id>/certificate.json")
@operator_page()
def certificate_to_check(school_id: UUID) -> Response:
    """Give the certificate as it is signed: the very bytes that are checked."""
    return _file(CERTIFICATE_TO_CHECK, school_id, "application/json", "json")


def _file(call: Call[bytes], school_id: UUID, kind: str, ending: str) -> Response:
    content = door.operators_houses().retention.certificate(call, school_id)
    name = f"erasure-{school_id}.{ending}"
    return Response(
        content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
