"""/phone-numbers: whom to call when nothing arrives."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions.phone_numbers import PhoneLookUp, look_up_numbers
from directory.api import door
from directory.api.schemas.phones import CalledMembers, PhoneLookUpIn

blueprint = Blueprint(
    "phone-numbers", "phone_numbers", url_prefix="/phone-numbers", description="Whom to call"
)


@blueprint.route("/look-up")
class PhoneNumbersLookUp(MethodView):
    @allow(staff(Right.PHONES_SEE))
    @blueprint.arguments(PhoneLookUpIn)
    @blueprint.response(200, CalledMembers)
    def post(self, body: dict[str, Any]) -> Any:
        """Return the guardians and telephone numbers of these children, in the order asked; the
        operation log records it.
        """
        actor, key, sees = door.actor(Right.PHONES_SEE), door.school_key(), door.sees_protected()
        with door.database().for_school(auth.school_id()) as session:
            asked = PhoneLookUp(**body)
            return {"items": look_up_numbers(session, actor, key, asked, sees_protected=sees)}
