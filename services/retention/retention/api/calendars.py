"""/calendars: which days would follow from an end of a contract; for the operator, before it is
ended.
"""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Invalid
from common.web.auth import allow, operator, service
from retention.api.schemas import CalendarOut, CalendarQuery
from retention.domain.calendar import Calendar
from retention.domain.words import Alarm

blueprint = Blueprint(
    "calendars", "calendars", url_prefix="/calendars", description="The days after a contract's end"
)


def days_of(calendar: Calendar) -> dict[str, Any]:
    """Return a calendar as it goes over HTTP."""
    return {
        "ended_on": calendar.ended_on,
        "grace_days": calendar.grace_days,
        "read_only_until": calendar.read_only_until,
        "erases_on": calendar.erases_on,
        "first_alarm_on": calendar.alarm_on(Alarm.FIRST),
        "second_alarm_on": calendar.alarm_on(Alarm.SECOND),
        "hard_alarm_on": calendar.alarm_on(Alarm.HARD),
        "erased_by": calendar.erased_by,
        "backups_leave_on": calendar.backups_leave_on,
        "gone_by": calendar.gone_by,
    }


@blueprint.route("")
class OneCalendar(MethodView):
    @allow(operator(), service("operator"))
    @blueprint.arguments(CalendarQuery, location="query")
    @blueprint.response(200, CalendarOut)
    def get(self, query: dict[str, Any]) -> Any:
        """Return the days of an end that might be; 422 `end_invalid` for one that would leave the
        backups too late.
        """
        calendar = Calendar(query["ended_on"], query["grace_days"], clock.today())
        if not calendar.is_short_enough:
            raise Invalid(
                "end_invalid",
                "The contract can't end like this.",
                fields={"grace_days": "out_of_range"},
            )
        return days_of(calendar)
