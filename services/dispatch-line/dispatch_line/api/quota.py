"""GET /quota: how many LINE messages the month still has, shown before a send."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from dispatch_line.api import door
from dispatch_line.api.schemas import QuotaOut

blueprint = Blueprint("quota", "quota", url_prefix="/quota", description="The month's quota")


@blueprint.route("")
class QuotaOfSchool(MethodView):
    @allow(staff(Right.MESSAGES_SEND))
    @blueprint.response(200, QuotaOut)
    def get(self) -> Any:
        """Return the quota of the account that the caller's school speaks through, at most a minute
        old.
        """
        return door.accounts().quota_of(auth.school_id())
