"""/download-alarms: who took out many personal records within an hour (ID-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from identity.actions.alarms import see_alarm
from identity.api.door import actor, house
from identity.api.schemas import AlarmListOut
from identity.store import alarms

blueprint = Blueprint(
    "download_alarms",
    "download_alarms",
    url_prefix="/download-alarms",
    description="Who took out many personal records within an hour",
)
SHOWN = 50


@blueprint.route("")
class Alarms(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(200, AlarmListOut)
    def get(self) -> Any:
        """List the alarms of the school, the newest first."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            return {"items": alarms.list_alarms(session, auth.school_id(), SHOWN)}


@blueprint.route("/<uuid:alarm_id>/seen")
class SeenAlarm(MethodView):
    @allow(staff(Right.ACCOUNTS_MANAGE))
    @blueprint.response(204)
    def put(self, alarm_id: UUID) -> None:
        """Note that an administrator has looked at an alarm; again changes nothing."""
        school_id, now = auth.school_id(), clock.now()
        with house().database.for_school(school_id) as session:
            see_alarm(session, school_id, alarm_id, actor=actor(), now=now)
