"""/schools/<school>/recoveries: two operators give an administrator a way in again (ID-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, operator
from identity.actions import passwords
from identity.actions.recoveries import (
    AGREED_WITHIN,
    WantedRecovery,
    agree_to_recovery,
    ask_recovery,
)
from identity.api.door import house
from identity.api.schemas import RecoveriesOut, RecoveryIn, RecoveryOut, RecoveryPasswordOut
from identity.store import recoveries

blueprint = Blueprint(
    "recoveries",
    "recoveries",
    url_prefix="/schools/<uuid:school_id>/recoveries",
    description="A way in for an administrator who has none",
)


@blueprint.route("")
class Recoveries(MethodView):
    @allow(operator())
    @blueprint.response(200, RecoveriesOut)
    def get(self, school_id: UUID) -> Any:
        """List what was asked for the school's administrators and waits for a second operator.

        Who they are is told at `/accounts`, to who looks for a written reason.
        """
        since = clock.now() - AGREED_WITHIN
        with house().database.for_school(school_id, read_only=True) as session:
            waiting = recoveries.list_open(session, school_id, since)
        return {"items": waiting}

    @allow(operator())
    @blueprint.arguments(RecoveryIn)
    @blueprint.response(201, RecoveryOut)
    def post(self, body: dict[str, Any], school_id: UUID) -> Any:
        """Ask for a way in, after a call back; 422 `called_too_short`, 409 `operator_too_new`,
        404.
        """
        wanted = WantedRecovery(
            school_id=school_id,
            account_id=body["account_id"],
            called=body["called"].strip(),
            asked_by=auth.current_operator().operator_id,
        )
        with house().database.for_school(school_id) as session:
            return ask_recovery(session, wanted, now=clock.now())


@blueprint.route("/<uuid:recovery_id>/agree")
class AgreedRecovery(MethodView):
    @allow(operator())
    @blueprint.response(200, RecoveryPasswordOut)
    def post(self, school_id: UUID, recovery_id: UUID) -> Any:
        """Agree to what another operator asked, and issue a temporary password; 409
        `same_operator`, `operator_too_new`, `recovery_over`, `managed_elsewhere`.
        """
        here = house()
        operator_id = auth.current_operator().operator_id
        with here.database.for_school(school_id) as session:
            account = agree_to_recovery(
                session,
                school_id,
                recovery_id,
                agreed_by=operator_id,
                now=clock.now(),
            )
            password = passwords.temporary_of(account, here.temporary)
            return {"password": password, "password_until": account.temporary_until}
