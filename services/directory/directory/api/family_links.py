"""/family-links: asked for with an address, mailed, and pressed once (MY-1, MY-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web import auth
from common.web.auth import allow, service
from directory.actions import family_links
from directory.actions.family_mails import show_mail, show_notification
from directory.api import door
from directory.api.schemas.my_page import (
    FamilyMailOut,
    FamilyNotificationOut,
    GivenLinkOut,
    LineUserIn,
    LinkOut,
    LinkRequestIn,
    PressedLinkOut,
)
from directory.domain.errors import NoSuch
from directory.domain.my_page.links import NamedLink, read_link

blueprint = Blueprint(
    "family-links",
    "family_links",
    url_prefix="/family-links",
    description="Links that families are mailed",
)
mails = Blueprint(
    "family-mails",
    "family_mails",
    url_prefix="/family-mails",
    description="What goes to families in the product's own name",
)

notifications = Blueprint(
    "family-notifications",
    "family_notifications",
    url_prefix="/family-notifications",
    description="What goes to families' apps in the product's own name",
)


def _read(token: str) -> NamedLink:
    """Return what a link names; raise NotFound where we did not make it."""
    named = read_link(door.link_secret(), token)
    if named is None:
        raise NoSuch("family_link")
    return named


@blueprint.route("")
class FamilyLinks(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(LinkRequestIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Mail a link to whoever is registered with this address; the same answer for nobody.

        422 for what is no address, 429 `links_slowed`.
        """
        key, secret = door.school_key(), door.link_secret()
        asked = family_links.LinkRequest(body["mail"], body["remote_address"])
        with door.database().for_school(auth.school_id()) as session:
            family_links.request_sign_in(session, asked, key, secret, now=clock.now())


@blueprint.route("/of-line")
class FamilyLinksOfLine(MethodView):
    @allow(service("dispatch-line"))
    @blueprint.arguments(LineUserIn)
    @blueprint.response(201, GivenLinkOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give a LINE user a link to their page, for their own talk; 404
        `contact_point_not_found`, 409 `no_family_page` for one of the staff, 429 `links_slowed`.
        """
        key, secret = door.school_key(), door.link_secret()
        with door.database().for_school(auth.school_id()) as session:
            token = family_links.give_sign_in(
                session, key, body["user_id"], secret, now=clock.now()
            )
        return {"token": token}


@blueprint.route("/<string:token>")
class OneFamilyLink(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, LinkOut)
    def get(self, token: str) -> Any:
        """Return what a press would do; 409 `family_link_used`, `family_link_over`, and
        for a test's `family_test_used`, `family_test_over`.
        """
        named = _read(token)
        with door.database().for_school(named.school_id, read_only=True) as session:
            kind = family_links.show_link(session, *named, now=clock.now())
        return {"school_id": named.school_id, "kind": kind}


@blueprint.route("/<string:token>/press")
class FamilyLinkPress(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, PressedLinkOut)
    def post(self, token: str) -> Any:
        """Use a link, once; 409 `family_link_used`, `family_link_over`, and
        for a test's `family_test_used`, `family_test_over`.
        """
        named = _read(token)
        with door.database().for_school(named.school_id) as session:
            pressed = family_links.press_link(session, *named, now=clock.now())
        return {
            "school_id": named.school_id,
            "kind": pressed.kind,
            "token": pressed.token,
            "is_staff": pressed.is_staff,
        }


@mails.route("/<uuid:mail_id>")
class FamilyMail(MethodView):
    @allow(service("dispatch-mail"))
    @mails.response(200, FamilyMailOut)
    def get(self, mail_id: UUID) -> Any:
        """Return what a mail to a family says and where it goes; 404 `family_mail_not_found` where
        it need not go any more.
        """
        key, secret = door.school_key(), door.link_secret()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return show_mail(session, key, mail_id, secret, now=clock.now())


@notifications.route("/<uuid:notification_id>")
class FamilyNotification(MethodView):
    @allow(service("dispatch-push"))
    @notifications.response(200, FamilyNotificationOut)
    def get(self, notification_id: UUID) -> Any:
        """Return what a notification says and to which app it goes; 404 `family_mail_not_found`
        where it need not go any more.
        """
        school_id, secret, now = auth.school_id(), door.link_secret(), clock.now()
        with door.database().for_school(school_id, read_only=True) as session:
            return show_notification(session, school_id, notification_id, secret, now=now)
