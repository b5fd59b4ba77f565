"""/erasures: how far each school's end is, and its certificate, for the operator.

To staff, the days of their own school.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.canonical import canonical
from common.db.types import as_dict
from common.errors import Invalid, NotFound
from common.houses import ERASING
from common.web import auth
from common.web.auth import allow, operator, service, staff
from common.web.paging import PageQuery, page_of
from retention.actions.certificates import get_certificate, hand_over, print_certificate
from retention.actions.erasures import calendar_of
from retention.api import door
from retention.api.calendars import days_of
from retention.api.schemas import ErasureOut, ErasurePageOut
from retention.domain.calendar import day_of, last_backup_leaves
from retention.domain.words import Alarm, ErasureState
from retention.store import erasures
from retention.store.models import Erasure, ErasureStep

blueprint = Blueprint(
    "erasures", "erasures", url_prefix="/erasures", description="Schools whose contract has ended"
)
OPERATOR = (service("operator"), operator())


def _shown(erasure: Erasure, steps: Sequence[ErasureStep], today: date) -> dict[str, Any]:
    calendar = calendar_of(erasure)
    is_over = erasure.state == ErasureState.CERTIFIED
    shown: dict[str, Any] = {**as_dict(erasure), **days_of(calendar)}
    shown["day"] = calendar.day(today)
    if erasure.erased_at:
        shown["backups_leave_on"] = last_backup_leaves(day_of(erasure.erased_at))
    alarm = Alarm.NONE if is_over else calendar.alarm(today)
    shown["alarm"] = alarm.name.lower()
    shown["steps"] = [as_dict(step) for step in steps]
    return shown


@blueprint.route("")
class Erasures(MethodView):
    @allow(*OPERATOR)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, ErasurePageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the erasures, the newest end of a contract first."""
        with door.database().for_system(read_only=True) as session:
            after = _place(query["after"])
            rows = erasures.list_erasures(session, after=after, limit=query["limit"])
            steps = erasures.list_steps(session, [row.school_id for row in rows])
        shown = [_shown(row, steps[row.school_id], clock.today()) for row in rows]
        return page_of(shown, query["limit"], lambda row: f"{row['ended_on']}.{row['school_id']}")


@blueprint.route("/<uuid:school_id>")
class OneErasure(MethodView):
    @allow(*OPERATOR, staff(), service(*ERASING))
    @blueprint.response(200, ErasureOut)
    def get(self, school_id: UUID) -> Any:
        """Return how far a school's end is; 404 for another school than the caller's.

        404 `erasure_not_found` while its contract goes on. Every house asks this before it deletes.
        """
        if auth.caller().school_id not in (None, school_id):
            raise NotFound()
        with door.database().for_system(read_only=True) as session:
            row = erasures.get_erasure(session, school_id)
            steps = erasures.list_steps(session, [school_id])[school_id]
            return _shown(row, steps, clock.today())


@blueprint.route("/<uuid:school_id>/hand-over")
class HandOver(MethodView):
    @allow(operator())
    @blueprint.response(204)
    def post(self, school_id: UUID) -> None:
        """Note that the school was given its certificate; twice is once."""
        caller = auth.caller()
        assert isinstance(caller, auth.Operator)
        with door.database().for_system() as session:
            hand_over(session, school_id, caller.operator_id, now=clock.now())


@blueprint.route("/<uuid:school_id>/certificate.json")
class CertificateToCheck(MethodView):
    @allow(*OPERATOR)
    @blueprint.response(200, content_type="application/json")
    def get(self, school_id: UUID) -> Response:
        """Return the signed certificate, in the very bytes that `renraku certificate verify`
        checks; 404 while there is none.
        """
        with door.database().for_system(read_only=True) as session:
            return _file(
                canonical(get_certificate(session, school_id)),
                "application/json",
                f"erasure-{school_id}.json",
            )


@blueprint.route("/<uuid:school_id>/certificate.pdf")
class CertificateToPrint(MethodView):
    @allow(*OPERATOR)
    @blueprint.response(200, content_type="application/pdf")
    def get(self, school_id: UUID) -> Response:
        """Return the certificate on paper, one page in Japanese; 404 while there is none."""
        with door.database().for_system(read_only=True) as session:
            certificate = get_certificate(session, school_id)
        return _file(print_certificate(certificate), "application/pdf", f"erasure-{school_id}.pdf")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _place(text: str | None) -> tuple[date, UUID] | None:
    if not text:
        return None
    day, _, school_id = text.partition(".")
    try:
        return date.fromisoformat(day), UUID(school_id)
    except ValueError:
        raise Invalid(
            "invalid", "This is no place in the list.", fields={"after": "not_a_key"}
        ) from None
