"""The schemas of events about contact points, and about who is whose guardian."""

from __future__ import annotations

from marshmallow import fields, validate

from common.schemas.records import Event

HEALTH = ("ok", "returned", "mailbox_full", "blocked", "token_dead", "user_unknown")


class ContactPointStopped(Event):
    """A family used the one-click link of a mail: ordinary messages to this contact point stop,
    urgent ones go on until the school has spoken with the family. Published by dispatch-mail, heard
    by directory.
    """

    contact_point_id = fields.UUID(required=True)


class ContactPointResumed(Event):
    """Who had stopped ordinary messages to a contact point takes that back, on the page that had
    answered the stop. Published by dispatch-mail, heard by directory.
    """

    contact_point_id = fields.UUID(required=True)


class ContactPointProved(Event):
    """Somebody pressed a button that only this contact point had brought: what is sent there
    arrives. A fetch proves nothing. Published by messaging and the dispatchers, heard by
    directory.
    """

    contact_point_id = fields.UUID(required=True)
    proved_at = fields.AwareDateTime(required=True, format="iso")


class ContactPointChanged(Event):
    """What a provider told of a contact point: it works (again), its user has blocked the school,
    its token or user is gone, a mail to it came back (which is a doubt and no death). `since`: when
    it became so at the provider; what is older than what is known changes nothing, but that a death
    stands before a doubt. Published by the dispatchers, heard by directory.
    """

    contact_point_id = fields.UUID(required=True)
    health = fields.String(required=True, validate=validate.OneOf(HEALTH))
    since = fields.AwareDateTime(required=True, format="iso")


class ContactPointEnded(Event):
    """The office took a contact point off the roster: nothing goes there any more, and the links
    that came by it name no child. Published by directory, heard by messaging.
    """

    contact_point_id = fields.UUID(required=True)


class GuardianshipEnded(Event):
    """An adult is no longer this child's guardian: what was sent to them before names the child no
    more. A child that leaves ends none: its family keeps what it was sent. Published by directory,
    heard by messaging.
    """

    guardian_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)


class GuardianshipProtected(Event):
    """A family is protected from now on: links that were sent before may be in other hands, and
    name the child no more; what is sent from then on is read as always. Published by directory,
    heard by messaging.
    """

    guardian_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)


class GuardianJoined(Event):
    """A guardian was found to be another one, `into_id`, and is no more: its old links are that
    one's from now on, and are taken back with that one's. Published by directory, heard by
    messaging.
    """

    guardian_id = fields.UUID(required=True)
    into_id = fields.UUID(required=True)


class FamilyMailRequested(Event):
    """The product itself has something for a family by mail: the confirmation of an address, that
    its registration has grown, a link to its page, or a test. What it says, and to which address,
    is asked of directory when it is sent. Published by directory, heard by dispatch-mail.
    """

    mail_id = fields.UUID(required=True)


class FamilyNotificationRequested(Event):
    """The product itself has something for a family's app: a test, or that its registration has
    grown. What it says, and to which app, is asked of directory when it is sent. Published by
    directory, heard by dispatch-push.
    """

    notification_id = fields.UUID(required=True)
