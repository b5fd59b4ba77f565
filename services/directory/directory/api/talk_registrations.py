"""/talk-registrations: families register in the LINE talk where the school allows it (ADR 51).

What was typed travels in bodies and is kept nowhere.
"""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.crypto import SchoolKey
from common.rights import Right
from common.typed_codes import tidy
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions import talk_registrations as actions
from directory.actions.line_links import Linked
from directory.actions.registrations import record_guessing
from directory.api import door
from directory.api.counting import count_typed, forgive_typed, forgiving, wrong_codes
from directory.api.schemas.line_links import LinkedOut
from directory.api.schemas.talk_registrations import (
    SchoolsOfTalk,
    SchoolsOfTalkIn,
    TalkSettingIn,
    TalkSettingOut,
    TypedInTalkIn,
    TypedSchoolIn,
    TypedSchoolOut,
)
from directory.domain.registration.errors import RegistrationOver
from directory.domain.registration.trying import SheetCodes, place_in_talk

blueprint = Blueprint(
    "talk-registrations",
    "talk_registrations",
    url_prefix="/talk-registrations",
    description="Families that register in the LINE talk",
)


@blueprint.route("/schools/look-up")
class SchoolsOfAccount(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(SchoolsOfTalkIn)
    @blueprint.response(200, SchoolsOfTalk)
    def post(self, body: dict[str, Any]) -> Any:
        """Return which of an account's schools let families register in its talk."""
        with door.database().for_system(read_only=True) as session:
            return {"school_ids": actions.list_allowing(session, body["school_ids"])}


@blueprint.route("/schools")
class TypedSchools(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(TypedSchoolIn)
    @blueprint.response(200, TypedSchoolOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Return which of an account's schools a typed code is of; 422 `registration_codes_wrong`
        with the tries `left`, 409 `talk_registration_off`, 429 `locked`, `slowed`.
        """
        code = body["school_code"]
        counted = count_typed(place_in_talk(door.tries_secret(), body["user_id"], code))
        with forgiving(counted):
            school_id = door.schools().find(tidy(code))
        if school_id is None or school_id not in body["school_ids"]:
            raise wrong_codes(counted.left)
        forgive_typed(counted)
        with door.database().for_school(school_id, read_only=True) as session:
            actions.check_allowed(session, school_id)
        return {"school_id": school_id}


@blueprint.route("")
class TalkRegistrations(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(TypedInTalkIn)
    @blueprint.response(201, LinkedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Register a LINE user by a sheet; refused as `/schools`, and 409 `sheet_replaced`, 422
        `contact_points_too_many`, 404 `registration_over`.
        """
        school_id = auth.school_id()
        if not door.schools().is_in_use(school_id):
            raise RegistrationOver()
        school = str(school_id)
        typed = actions.TypedInTalk(**body)
        place = place_in_talk(
            door.tries_secret(),
            typed.user_id,
            school,
            typed.login_id,
        )
        counted = count_typed(place)
        # All that is typed in talks comes from LINE's machines.
        codes = SheetCodes(
            school,
            typed.login_id,
            typed.passcode,
            remote_address="",
        )
        with forgiving(counted):
            key = door.school_key()
            linked = _register(key, typed, codes, begins_lock=counted.begins_lock)
        if linked is None:
            raise wrong_codes(counted.left)
        forgive_typed(counted)
        return linked


def _register(
    key: SchoolKey, typed: actions.TypedInTalk, codes: SheetCodes, *, begins_lock: bool
) -> Linked | None:
    """Register by the codes; None where they are wrong, which the office is told where it locks."""
    with door.database().for_school(key.school_id) as session:
        linked = actions.register_in_talk(session, key, typed, codes, now=clock.now())
        if linked is None and begins_lock:
            record_guessing(session, key.school_id, codes)
        return linked


@blueprint.route("/setting")
class TalkSettingOfSchool(MethodView):
    @allow(staff(Right.SETTINGS_EDIT))
    @blueprint.response(200, TalkSettingOut)
    def get(self) -> Any:
        """Show whether families may register in the talk."""
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"is_allowed": school_id in actions.list_allowing(session, [school_id])}

    @allow(staff(Right.SETTINGS_EDIT))
    @blueprint.arguments(TalkSettingIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Let families register in the talk, or only by a link."""
        actor = door.actor(Right.SETTINGS_EDIT)
        with door.database().for_school(auth.school_id()) as session:
            actions.set_allowed(session, actor, is_allowed=body["is_allowed"])
