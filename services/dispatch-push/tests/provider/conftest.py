"""Notifications to send, and providers that are closed with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import pytest

from dispatch_push.provider import FcmDoor, FcmProvider, FcmSettings, Notification

SCHOOL = UUID("0193a1b2-0000-7000-8000-0000000000ff")
MESSAGE = UUID("0193a1b2-0000-7000-8000-000000000001")


@pytest.fixture
def notification() -> Callable[..., Notification]:
    """Make a notification to a phone; the first letters of its token tell the town how the phone
    answers.
    """

    def make(prefix: str = "app", *, is_urgent: bool = False, **changes: object) -> Notification:
        token = f"{prefix}-{uuid4().hex}"
        parts = {
            "title": "つばめ野小 4年2組",
            "body": "校外学習の持ち物について",
            "link": "https://renraku.example/r/abc",
        }
        return Notification(
            **(
                {
                    "delivery_id": uuid4(),
                    "token": token,
                    "school_id": SCHOOL,
                    "message_id": MESSAGE,
                    "is_urgent": is_urgent,
                }
                | parts
                | changes
            )
        )

    return make


@pytest.fixture
async def providers() -> AsyncIterator[Callable[[FcmSettings], FcmProvider]]:
    made: list[FcmProvider] = []

    def make(settings: FcmSettings) -> FcmProvider:
        made.append(FcmProvider(FcmDoor(settings)))
        return made[-1]

    yield make
    for provider in made:
        await provider.close()
