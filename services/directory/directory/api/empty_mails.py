"""/empty-mails: a family writes from its own mailbox instead of typing its address (DIR-8)."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from directory.actions import empty_mails as actions
from directory.api import door
from directory.api.schemas.empty_mails import EmptyMailAddress, EmptyMailIn, LocalPart
from directory.api.schemas.registrations import TokenIn
from directory.domain.registration.empty_mails import registration_of
from directory.domain.registration.errors import RegistrationOver
from directory.store.registrations import find_school_of

blueprint = Blueprint(
    "empty-mails",
    "empty_mails",
    url_prefix="/empty-mails",
    description="Mails by which families register without typing an address",
)


class _Addressed(NamedTuple):
    """Whose address of ours a mail came to."""

    school_id: UUID
    registration_id: UUID


def _read(local_part: str) -> _Addressed:
    """Return whose address this is; raise RegistrationOver for one that nobody writes to any more.

    The address is the right itself, so its school is taken from it, and its signature checked.
    """
    registration_id = registration_of(door.link_secret(), local_part)
    if registration_id is None:
        raise RegistrationOver()
    with door.database().for_system(read_only=True) as session:
        school_id = find_school_of(session, registration_id, clock.now())
    if school_id is None:
        raise RegistrationOver()
    return _Addressed(school_id, registration_id)


@blueprint.route("")
class EmptyMails(MethodView):
    @allow(service("dispatch-mail"))
    @blueprint.arguments(EmptyMailIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Send a confirmation mail to whom an empty mail came from; refused as
        `POST /registrations/mails`. 404 `registration_over`.
        """
        addressed = _read(body["local_part"])
        school_id = addressed.school_id
        if not door.schools().is_in_use(school_id):
            raise RegistrationOver()
        key = door.key_of(school_id)
        mail = actions.EmptyMail(addressed.registration_id, body["sender"])
        with door.database().for_school(school_id) as session:
            actions.take_empty_mail(session, key, mail, now=clock.now())


@blueprint.route("/look-up")
class EmptyMailLookUp(MethodView):
    @allow(service("dispatch-mail"))
    @blueprint.arguments(LocalPart)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Answer 204 where a mail to this address would be read; 404 `registration_over`."""
        _read(body["local_part"])


@blueprint.route("/address")
class EmptyMailAddressOf(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(TokenIn)
    @blueprint.response(200, EmptyMailAddress)
    def post(self, body: dict[str, Any]) -> Any:
        """Return to which address the browser's registration is written; 409 `terms_not_agreed`,
        404 `registration_over`.
        """
        school_id, secret, now = auth.school_id(), door.link_secret(), clock.now()
        with door.database().for_school(school_id) as session:
            named = actions.name_local_part(session, school_id, body["token"], secret, now=now)
        return {"local_part": named}
