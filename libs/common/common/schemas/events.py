"""One schema per event.

Each class's docstring becomes its section in docs/events.md; `samples/<type>.json` its example.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from common.ids import read_id
from common.notices import MOST_READERS, NoticeKind, WrongParams, check_params
from common.schemas.contacts import (
    ContactPointChanged,
    ContactPointEnded,
    ContactPointProved,
    ContactPointResumed,
    ContactPointStopped,
    FamilyMailRequested,
    FamilyNotificationRequested,
    GuardianJoined,
    GuardianshipEnded,
    GuardianshipProtected,
)
from common.schemas.records import Event, Records
from common.words import CHANNELS, FINAL, LANES


class MessageReleased(Event):
    """A message's undo window has passed: fan-out may begin, and the audience is kept. Published by
    messaging, heard by messaging and directory. The routing key ends in the lane.
    """

    message_id = fields.UUID(required=True)
    snapshot_id = fields.UUID(required=True)
    lane = fields.String(required=True, validate=validate.OneOf(LANES))


class MessagePaged(Event):
    """One page of a message's audience was fanned out; the next begins after `after` (null: this
    was the last). Published and heard by messaging, so that many messages share the queue page by
    page and a crash resumes. The routing key ends in the lane.
    """

    message_id = fields.UUID(required=True)
    after = fields.Integer(required=True, allow_none=True)


class MessageStopped(Event):
    """Staff stopped the rest of a send, or recalled it: what is not yet handed over is cancelled.
    Published by messaging, heard by the dispatchers.
    """

    message_id = fields.UUID(required=True)


class AddressedMember(Schema):
    """A child of the audience and the guardians through whom it is reached.

    For staff: none, the member itself.
    """

    class Meta:
        unknown = EXCLUDE

    member_id = fields.UUID(required=True)
    guardian_ids = fields.List(fields.UUID(), required=True)


def read_addressed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a member and its guardians; raise what Records gives to the schema."""
    if not isinstance(record["guardian_ids"], list):
        raise TypeError
    return {
        "member_id": read_id(record["member_id"]),
        "guardian_ids": list(map(read_id, record["guardian_ids"])),
    }


class DeliveryRequested(Event):
    """One page of a message is to be delivered; every channel hears it, and one that is not among
    `channels` does nothing and answers nothing. Siblings stand in one page. Published by messaging,
    heard by the dispatchers. The routing key ends in the lane.
    """

    message_id = fields.UUID(required=True)
    lane = fields.String(required=True, validate=validate.OneOf(LANES))
    channels = fields.List(
        fields.String(validate=validate.OneOf(CHANNELS)), load_default=lambda: list(CHANNELS)
    )
    members = Records(AddressedMember, read=read_addressed, required=True)


class SettledPoint(Schema):
    """What became of the delivery to one contact point.

    `members`: child → how many contact points it has on this channel.
    """

    class Meta:
        unknown = EXCLUDE

    contact_point_id = fields.UUID(required=True)
    guardian_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in FINAL]))
    reason = fields.String(load_default=None, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, format="iso")
    members = fields.Dict(keys=fields.UUID(), values=fields.Integer(), required=True)


def _read_point(record: Mapping[str, Any]) -> dict[str, Any]:
    guardian_id = record["guardian_id"]
    reason = record.get("reason")
    settled_at = datetime.fromisoformat(record["settled_at"])
    counts = record["members"].values()
    if record["state"] not in FINAL or settled_at.tzinfo is None:
        raise ValueError
    if reason is not None and not isinstance(reason, str):
        raise ValueError
    if any(type(count) is not int for count in counts):
        raise TypeError
    return {
        "contact_point_id": read_id(record["contact_point_id"]),
        "guardian_id": None if guardian_id is None else read_id(guardian_id),
        "state": record["state"],
        "reason": reason,
        "settled_at": settled_at,
        "members": dict(zip(map(read_id, record["members"]), counts, strict=True)),
    }


class DeliverySettled(Event):
    """A channel answers: one event per batch. `nothing` lists children who have no contact point on
    this channel. Published by the dispatchers, heard by messaging. The routing key ends in the
    lane.
    """

    message_id = fields.UUID(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    points = Records(SettledPoint, read=_read_point, required=True)
    nothing = fields.List(fields.UUID(), load_default=list)


class DeliveryAmended(Event):
    """A mail that was handed over has come back: nobody got it, and `reason` says why. The
    delivery's final state stays; this is said once, and may be heard before `delivery.settled`.
    `members`: as there. Published by dispatch-mail, heard by messaging.
    """

    message_id = fields.UUID(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    contact_point_id = fields.UUID(required=True)
    guardian_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    amended_at = fields.AwareDateTime(required=True, format="iso")
    members = fields.Dict(keys=fields.UUID(), values=fields.Integer(), required=True)


class ReadersUnnamed(Event):
    """A message was sent before its readers had the names of their children; those of members
    behind `after` (null: of the first) are to be asked for. Published and heard by messaging.
    """

    message_id = fields.UUID(required=True)
    after = fields.UUID(required=True, allow_none=True)


class StatusesDue(Event):
    """Statuses that a school planned for its members begin, or should have begun: whose they are is
    read when it is heard. Published and heard by directory.
    """


class YearDue(Event):
    """The moment has come that a school chose for its change of the year. Published and heard by
    directory, which asks for the contract's limit of people before it turns the year.
    """


class WeekCounted(Event):
    """How a school's families are reached on a Monday morning: its pupils, those whom an urgent
    message would not reach, those of them who are new since the Monday before, and the families
    that registered since then. Published by directory, heard by identity, which tells the
    administrators.
    """

    pupils = fields.Integer(required=True)
    unreachable = fields.Integer(required=True)
    new = fields.Integer(required=True)
    registered = fields.Integer(required=True)


class AccountsRequested(Event):
    """An import of staff was applied, and some of them shall sign in, as something else, by another
    address, or no more: which, identity asks of the directory. `actor_id`: the account in whose
    name. Published by directory, heard by identity.
    """

    import_id = fields.UUID(required=True)
    actor_id = fields.UUID(required=True)


class RefusedAccount(Schema):
    """Whose account could not be given as an import wanted it, and why."""

    class Meta:
        unknown = EXCLUDE

    member_id = fields.UUID(required=True)
    code = fields.String(required=True)


class AccountsSettled(Event):
    """The accounts that an import of staff asked for are given, but for those in `refused`: each
    with the code of the error that doing it by hand would answer. Published by identity, heard by
    directory.
    """

    import_id = fields.UUID(required=True)
    refused = fields.List(fields.Nested(RefusedAccount), required=True)


class ImportRequested(Event):
    """An uploaded roster file is to be read and compared, or compared anew with what was decided.
    Published and heard by directory.
    """

    plan_id = fields.UUID(required=True)


class ImportConfirmed(Event):
    """The preview of a roster file was confirmed: all of it is to be written. Published and heard
    by directory.
    """

    plan_id = fields.UUID(required=True)


class OperationRecorded(Event):
    """Somebody did something that the operation log keeps (ID-9). Ids only. Published by every
    house in which people act, heard by identity.
    """

    action = fields.String(required=True)
    actor_kind = fields.String(
        required=True, validate=validate.OneOf(("staff", "guardian", "operator", "system"))
    )
    actor_id = fields.UUID(required=True, allow_none=True)
    target_kind = fields.String(required=True)
    target_id = fields.UUID(required=True, allow_none=True)
    details = fields.Dict(keys=fields.String(), load_default=dict)


class NoticeRequested(Event):
    """The product itself has something to tell staff by mail: a notice, which is no message of the
    school's. `params`: what its words need, in numbers, moments and ids. Whoever gets it, and by
    which address, is asked of identity when it is sent. Again with one `notice_id`: further
    readers; nobody gets it twice. Published by identity, heard by dispatch-mail.
    """

    notice_id = fields.UUID(required=True)
    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in NoticeKind])
    )
    account_ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST_READERS)
    )
    params = fields.Dict(keys=fields.String(), required=True)

    @validates_schema
    def _check_params(self, read: dict[str, Any], **_more: Any) -> None:
        try:
            check_params(NoticeKind(read["kind"]), read["params"])
        except WrongParams as wrong:
            raise ValidationError(str(wrong), "params") from None


class ContractEnded(Event):
    """A school's contract ends with the day `ended_on` (in Japan); its data is kept for
    `grace_days` more days, 0: for none. May come again with other dates until the erasure has
    begun. Published by identity, heard by retention.
    """

    ended_on = fields.Date(required=True)
    grace_days = fields.Integer(required=True, validate=validate.Range(0, 38))


class ErasureDue(Event):
    """The days for which a school's data is kept are over: if identity agrees, the erasure begins.
    Published and heard by retention.
    """


class SchoolErasing(Event):
    """Every row of the school is to be deleted, for good. A house that hears it asks retention over
    HTTP whether it is so, and goes on by itself, batch after batch.
    Published by retention, heard by every house with a store.
    """


class SchoolErased(Event):
    """A house has deleted its rows of the school; `counts`: how many by table, over all batches.
    Published by every house with a store, heard by retention.
    """

    house = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ErasureCompleted(Event):
    """Every house has erased the school: its key may be destroyed and the certificate written.
    Published and heard by retention.
    """


class KeyDestroyed(Event):
    """The school's data key is destroyed: copies held in memory are dropped.
    Published by identity, heard by directory and the dispatchers.
    """


EVENTS: dict[str, Schema] = {
    "message.released": MessageReleased(),
    "message.paged": MessagePaged(),
    "message.stopped": MessageStopped(),
    "delivery.requested": DeliveryRequested(),
    "delivery.settled": DeliverySettled(),
    "delivery.amended": DeliveryAmended(),
    "contact_point.stopped": ContactPointStopped(),
    "contact_point.resumed": ContactPointResumed(),
    "contact_point.proved": ContactPointProved(),
    "contact_point.changed": ContactPointChanged(),
    "contact_point.ended": ContactPointEnded(),
    "guardianship.ended": GuardianshipEnded(),
    "guardianship.protected": GuardianshipProtected(),
    "guardian.joined": GuardianJoined(),
    "family_mail.requested": FamilyMailRequested(),
    "family_notification.requested": FamilyNotificationRequested(),
    "readers.unnamed": ReadersUnnamed(),
    "statuses.due": StatusesDue(),
    "year.due": YearDue(),
    "accounts.requested": AccountsRequested(),
    "week.counted": WeekCounted(),
    "accounts.settled": AccountsSettled(),
    "import.requested": ImportRequested(),
    "import.confirmed": ImportConfirmed(),
    "operation.recorded": OperationRecorded(),
    "notice.requested": NoticeRequested(),
    "contract.ended": ContractEnded(),
    "erasure.due": ErasureDue(),
    "school.erasing": SchoolErasing(),
    "school.erased": SchoolErased(),
    "erasure.completed": ErasureCompleted(),
    "key.destroyed": KeyDestroyed(),
}
