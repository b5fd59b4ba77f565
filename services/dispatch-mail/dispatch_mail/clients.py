"""What dispatch-mail asks of other houses: where, and what goes to a family in the product's own
name (directory), what (messaging), the school's key, and whom a notice is for (identity).
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.answers.directory import FamilyMailOut, Owners, PointState
from common.answers.identity import NoticeAddressesOut, SchoolIdsOut, SchoolOut
from common.answers.messaging import ContentOut
from common.errors import Busy, NotFound, Refused
from common.ids import read_id
from common.web.client import ServiceClient
from common.web.contents import content_of, content_seen_by
from common.web.school_keys import SchoolKeys
from common.words import Language, words_of
from dispatch_mail.config import Settings
from dispatch_mail.domain.compose import Content
from dispatch_mail.domain.family_mails import FamilyMail
from dispatch_mail.domain.notices import NoticeReader, NoticeSchool

# Who presses a link waits for the answer: a directory that is mute counts as away.
PRESS_SECONDS = 2.0


class FoundReaders(NamedTuple):
    """Who gets a notice, by account, and how the accounts are called that it names."""

    readers: Mapping[UUID, NoticeReader]
    names: Mapping[UUID, str]


@dataclass(frozen=True)
class Clients:
    """The houses that dispatch-mail talks to."""

    directory: ServiceClient
    messaging: ServiceClient
    identity: ServiceClient
    school_keys: SchoolKeys

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        identity = ServiceClient.of(settings, "identity")
        return cls(
            ServiceClient.of(settings, "directory"),
            ServiceClient.of(settings, "messaging"),
            identity,
            SchoolKeys(identity),
        )

    def readers(
        self, school_id: UUID, account_ids: Collection[UUID], named_ids: Collection[UUID] = ()
    ) -> FoundReaders:
        """Return who of these accounts is in use now, and how the named ones are called."""
        asked = {
            "account_ids": list(account_ids),
            "named_account_ids": list(named_ids),
        }
        answer: NoticeAddressesOut = self.identity.call(
            "POST",
            "/accounts/notice-addresses",
            school_id=school_id,
            json=asked,
        )
        readers = {}
        for item in answer["items"]:
            account_id = read_id(item["account_id"])
            language = Language(item["language"])
            readers[account_id] = NoticeReader(
                account_id, item["mail"], item["display_name"], language
            )
        names = {}
        for named in answer["names"]:
            name = f"{named['post']} {named['display_name']}".strip()
            names[read_id(named["account_id"])] = name
        return FoundReaders(readers, names)

    def school(self, school_id: UUID) -> NoticeSchool:
        """Return the school as it stands in a notice."""
        answer: SchoolOut = self.identity.call("GET", "/schools/current", school_id=school_id)
        return NoticeSchool(
            name=answer["name"],
            short_name=answer["short_name"],
            phone=answer["phone"],
            hours=answer["phone_hours"],
            mail_local=answer["mail_local"],
            words=words_of(answer["kind"], answer["pupil_word"]),
        )

    def family_mail(self, school_id: UUID, mail_id: UUID) -> FamilyMail | None:
        """Return a mail that is to go to a family; None where it need not go any more."""
        path = {"mail_id": mail_id}
        try:
            answer: FamilyMailOut = self.directory.call(
                "GET", "/family-mails/{mail_id}", path=path, school_id=school_id
            )
        except NotFound:
            return None
        return FamilyMail(
            id=mail_id,
            kind=answer["kind"],
            contact_point_id=read_id(answer["contact_point_id"]),
            guardian_id=read_id(answer["guardian_id"]),
            address=base64.b64decode(answer["address"]),
            language=Language(answer["language"]),
            token=answer["token"] or "",
            code=answer["code"] or "",
        )

    def schools_at(self, mail_local: str) -> list[UUID]:
        """Return the schools whose mails come from this local part; raise Unavailable."""
        path = {"mail_local": mail_local}
        answer: SchoolIdsOut = self.identity.call(
            "GET", "/schools/mail-locals/{mail_local}", path=path, timeout=PRESS_SECONDS
        )
        return [read_id(each) for each in answer["school_ids"]]

    def find_point_at(self, school_id: UUID, address: str) -> UUID | None:
        """Return a contact point of a school at a mail address, None where it is nobody's."""
        body = {"kind": "mail", "address": address}
        answer: Owners = self.directory.call(
            "POST",
            "/contact-points/owners",
            school_id=school_id,
            json=body,
            timeout=PRESS_SECONDS,
        )
        items = answer["items"]
        return read_id(items[0]["contact_point_id"]) if items else None

    def is_registrations(self, local_part: str) -> bool:
        """Return whether a family that registers may write to this address of ours."""
        body = {"local_part": local_part}
        try:
            self.directory.call("POST", "/empty-mails/look-up", json=body, timeout=PRESS_SECONDS)
        except NotFound:
            return False
        return True

    def take_empty_mail(self, local_part: str, sender: str) -> bool:
        """Let a family's empty mail be answered; return whether it is."""
        body = {"local_part": local_part, "sender": sender}
        try:
            self.directory.call("POST", "/empty-mails", json=body, timeout=PRESS_SECONDS)
        except (NotFound, Refused, Busy):
            return False
        return True

    def point_state(self, school_id: UUID, contact_point_id: UUID) -> str:
        """Return whether directory has a contact point as `active`, `stopped` or `ended`; raises
        NotFound `contact_point_not_found`.
        """
        path = {"contact_point_id": contact_point_id}
        answer: PointState = self.directory.call(
            "GET",
            "/contact-points/{contact_point_id}",
            path=path,
            school_id=school_id,
            timeout=PRESS_SECONDS,
        )
        return answer["state"]

    def content(self, school_id: UUID, message_id: UUID) -> Content:
        """Return the content of a message that is on its way; raises NotFound when it is gone."""
        return _read_content(message_id, content_of(self.messaging, school_id, message_id))

    def content_for(self, user_token: str, message_id: UUID, snapshot_id: UUID | None) -> Content:
        """Return a message's content, a draft's too, if this person may see it; raises NotFound."""
        return _read_content(
            message_id, content_seen_by(self.messaging, user_token, message_id, snapshot_id)
        )


def _read_content(message_id: UUID, answer: ContentOut) -> Content:
    school = answer["school"]
    return Content(
        message_id=message_id,
        school_kind=school["kind"],
        school_name=school["name"],
        school_short_name=school["short_name"],
        school_phone=school["phone"],
        school_hours=school["phone_hours"] or "",
        mail_local=school["mail_local"],
        mark=answer["mark"],
        subject=answer["subject"],
        body=answer["body"],
        addressing=answer["addressing"] or "",
        lane=answer["lane"],
        link_key=base64.b64decode(answer["link_key"] or ""),
        sent_at=datetime.fromisoformat(answer["released_at"]) if answer["released_at"] else None,
        confirmable=answer["confirmable"],
        pupil_heads=answer["pupil_heads"],
        staff_heads=answer["staff_heads"],
    )
