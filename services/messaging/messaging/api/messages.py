"""Messages as staff write and find them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Invalid
from common.rights import Right
from common.web import auth
from common.web.auth import allow, looking_operator, staff
from common.web.paging import PageQuery, page_of
from common.words import SchoolPart
from messaging.actions import drafts, show
from messaging.api import door, schemas

blueprint = Blueprint(
    "messages", "messages", url_prefix="/messages", description="Messages from draft to sent"
)
# Newest messages among which the gateway finds today's, and drafts that it shows.
BOARD_SENT = 50
BOARD_DRAFTS = 3
READS, WRITES = staff(Right.MESSAGES_READ), staff(Right.MESSAGES_SEND)


def _key_by(state: str | None) -> Callable[[dict[str, Any]], str]:
    """Return how a message's place in a list is written: by when it went, or was begun."""

    def key(item: dict[str, Any]) -> str:
        moment = (
            item["released_at"] or item["release_at"] if state == "sent" else item["created_at"]
        )
        return f"{moment.isoformat()}_{item['id']}"

    return key


def _parse_key(text: str | None) -> tuple[datetime, UUID] | None:
    if text is None:
        return None
    moment, _, message_id = text.partition("_")
    try:
        seen = datetime.fromisoformat(moment)
        if seen.tzinfo is None:
            raise ValueError("without its zone")
        return seen.astimezone(UTC), UUID(message_id)
    except (ValueError, OverflowError):
        raise Invalid(
            "invalid", "This is no place in the list.", fields={"after": "unknown"}
        ) from None


@blueprint.route("")
class Messages(MethodView):
    @allow(READS)
    @blueprint.arguments(schemas.MessagesQuery, location="query")
    @blueprint.response(200, schemas.MessagePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List messages, newest first; who is limited to own classes sees own ones and those that
        reached these classes.
        """
        limit, before = query["limit"], _parse_key(query.pop("after"))
        asked = show.ListQuery(
            before=before, kept_since=clock.now() - drafts.KEPT_AFTER_DELETION, **query
        )
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            rows = show.list_messages(session, door.reader(), asked)
        return page_of(rows, limit, _key_by(query["state"]))

    @allow(WRITES)
    @blueprint.arguments(schemas.Draft)
    @blueprint.response(201, schemas.MessageOut)
    def post(self, content: dict[str, Any]) -> Any:
        """Begin a draft."""
        author = drafts.Author(content.pop("created_by_name"), door.settings().channels)
        new = drafts.NewDraft(content, author, content.pop("id"))
        with door.database().for_school(door.actor().school_id) as session:
            return drafts.write_draft(session, door.actor(), new, now=clock.now())


@blueprint.route("/board")
class BoardOfMessages(MethodView):
    @allow(READS)
    @blueprint.response(200, schemas.MessageBoard)
    def get(self) -> Any:
        """Tell what waits for this person: the newest messages that were sent, own drafts, and how
        many children were not reached.
        """
        reader, now = door.reader(), clock.now()
        kept_since = now - drafts.KEPT_AFTER_DELETION
        sent = show.ListQuery(state="sent", limit=BOARD_SENT, kept_since=kept_since)
        own = show.ListQuery(state="draft", mine=True, limit=BOARD_DRAFTS, kept_since=kept_since)
        with door.database().for_school(reader.school_id, read_only=True) as session:
            return {
                "sent": show.list_messages(session, reader, sent)[:BOARD_SENT],
                "drafts": show.list_messages(session, reader, own)[:BOARD_DRAFTS],
                "unreached": show.summarise_unreached(session, reader, now=now),
            }


@blueprint.route("/sent")
class SentMessages(MethodView):
    @allow(looking_operator(SchoolPart.MESSAGES))
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, schemas.SentMessagePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List what was sent, newest first, to an operator who has a reason to look: times, heads
        and states, no text, and no subject that names a child (ID-10).
        """
        limit, before = query["limit"], _parse_key(query["after"])
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            rows = show.list_sent(session, auth.school_id(), before=before, limit=limit)
        return page_of(rows, limit, _key_by("sent"))


@blueprint.route("/received")
class ReceivedMessages(MethodView):
    @allow(READS)
    @blueprint.arguments(schemas.ReceivedQuery, location="query")
    @blueprint.response(200, schemas.ReceivedPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List what one person was sent, newest first, as far as the caller may see messages, and
        how each stands for that person.
        """
        limit, before = query["limit"], _parse_key(query["after"])
        reader = door.reader()
        with door.database().for_school(reader.school_id, read_only=True) as session:
            member_id = query["member_id"]
            rows = show.list_received(session, reader, member_id, before=before, limit=limit)
        return page_of(rows, limit, lambda row: f"{row['released_at'].isoformat()}_{row['id']}")


@blueprint.route("/<uuid:message_id>")
class OneMessage(MethodView):
    @allow(READS)
    @blueprint.response(200, schemas.MessageOut)
    def get(self, message_id: UUID) -> Any:
        """Show a message with its texts."""
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            return show.show_message(session, door.reader(), message_id)

    @allow(WRITES)
    @blueprint.arguments(schemas.DraftChange)
    @blueprint.response(200, schemas.MessageOut)
    def patch(self, content: dict[str, Any], message_id: UUID) -> Any:
        """Save what was typed into a draft; 409 `changed_elsewhere` when it is not the draft that
        was read.
        """
        edit = drafts.DraftEdit(content, content.pop("version"))
        if "without_channels" in content:
            drafts.channels_without(door.settings().channels, content["without_channels"])
        with door.database().for_school(door.actor().school_id) as session:
            return drafts.change_draft(session, door.actor(), message_id, edit, now=clock.now())

    @allow(WRITES)
    @blueprint.response(204)
    def delete(self, message_id: UUID) -> None:
        """Delete a draft; it can be brought back for 30 days."""
        with door.database().for_school(door.actor().school_id) as session:
            drafts.delete_draft(session, door.actor(), message_id, now=clock.now())


@blueprint.route("/<uuid:message_id>/restore")
class Restore(MethodView):
    @allow(WRITES)
    @blueprint.response(200, schemas.MessageOut)
    def post(self, message_id: UUID) -> Any:
        """Bring a deleted draft back."""
        with door.database().for_school(door.actor().school_id) as session:
            return drafts.restore_draft(session, door.actor(), message_id, now=clock.now())


@blueprint.route("/look-up")
class LookUp(MethodView):
    @allow(READS)
    @blueprint.arguments(schemas.MessageIds)
    @blueprint.response(200, schemas.NamedMessages)
    def post(self, body: dict[str, Any]) -> Any:
        """Give subject and state of messages by their ids, as far as this person may see them."""
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            return {"items": show.look_up_messages(session, door.reader(), body["ids"])}


@blueprint.route("/<uuid:message_id>/checks")
class Checks(MethodView):
    @allow(WRITES)
    @blueprint.response(200, schemas.ChecksOut)
    def post(self, message_id: UUID) -> Any:
        """Look at a draft as the confirm screen does; changes nothing."""
        with door.database().for_school(door.actor().school_id, read_only=True) as session:
            return drafts.check_draft(session, door.actor(), message_id, now=clock.now())
