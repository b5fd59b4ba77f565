"""The words of the product's own notifications to a family (screens.md 3.6).

They stand on a lock screen: no child, no address, and not who was added.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.words import Language
from dispatch_push.domain.words import SHORT_NAME_LIMIT, Notice, shorten

TEST, STAFF_TEST = "test", "staff_test"
BODIES = {
    (TEST, Language.JA): "お試しの通知です。押して、届いたことを教えてください",
    (TEST, Language.EN): "A test. Open it and say that it came.",
    ("added", Language.JA): "受信先が増えました。開いて、心当たりを確かめてください",
    ("added", Language.EN): "A contact was added. Open it to check.",
    ("stopped", Language.JA): "お知らせのメールが止められました。開いて確かめてください",
    ("stopped", Language.EN): "Mails to an address were stopped.",
    (
        "password_chosen",
        Language.JA,
    ): "マイページのパスワードが変わりました。確かめてください",
    ("password_chosen", Language.EN): "My Page's password has changed.",
    ("password_removed", Language.JA): "マイページのパスワードがなくなりました",
    ("password_removed", Language.EN): "My Page has no password any more.",
    # Staff are told in Japanese, as their pages are.
    (STAFF_TEST, Language.JA): "お試しの通知です。押して、届いたことを教えてください",
    ("staff_added", Language.JA): "あなたの受信先が増えました。開いて、心当たりを確かめてください",
    ("staff_stopped", Language.JA): "お知らせのメールが止められました。開いて確かめてください",
}


@dataclass(frozen=True, slots=True)
class FamilyNotification:
    """What directory says: of which kind, to which contact point, the address sealed.

    `token`: of the link that a press opens, of a test.
    """

    id: UUID
    kind: str
    contact_point_id: UUID
    guardian_id: UUID
    address: bytes
    language: Language
    token: str

    @property
    def is_awaited(self) -> bool:
        """Return whether somebody holds the phone and waits for it."""
        return self.kind in (TEST, STAFF_TEST)


def notice_for(notification: FamilyNotification, school_short_name: str) -> Notice:
    """Return what a lock screen shows."""
    title = shorten(school_short_name, SHORT_NAME_LIMIT)
    return Notice(title, BODIES[(notification.kind, notification.language)])


def path_of(notification: FamilyNotification) -> str:
    """Return the page that a press opens."""
    is_staff = notification.kind.startswith("staff_")
    home = "/own/contact-points" if is_staff else "/m/family"
    page = f"/m/links/{notification.token}" if notification.token else home
    return f"{page}?lang=en" if notification.language == Language.EN else page
