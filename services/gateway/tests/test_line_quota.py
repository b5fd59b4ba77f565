"""The month's LINE messages on the confirm screen (DLV-5).

They are shown and guarded, and a send never depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, TEMPLATES

from common.errors import NotFound, ServiceError, Unavailable
from common.testing.contracts import Contracts
from gateway.clients.calls import MAKE_SNAPSHOT, QUOTA, RELEASE, SAVE_DRAFT
from gateway.domain.line_quota import judge_line

CHANNELS = ["mail", "line", "push"]
STOP = "LINEの今月の残りは 21通です。メールとアプリだけで送りますか"


class HousesWithLine(FakeHouses):
    """All houses of a school where 22 guardians of 4年2組 have LINE.

    `left`: what is left of the month.
    """

    left: int | None = 1240

    def get_quota(self, request: dict[str, Any]) -> Any:
        return {"limit": None if self.left is None else 30_000, "used": 0, "left": self.left}

    def post_messages(self, request: dict[str, Any]) -> Any:
        message = super().post_messages(request)
        message["channels"] = list(CHANNELS)
        return message

    def patch_messages_message_id(self, request: dict[str, Any], message_id: str) -> Any:
        without = request["json"].get(
            "without_channels", self.messages[message_id]["without_channels"]
        )
        message = super().patch_messages_message_id(request, message_id)
        message.update(
            without_channels=without, channels=[each for each in CHANNELS if each not in without]
        )
        return message

    def post_snapshots(self, request: dict[str, Any]) -> Any:
        snapshot = super().post_snapshots(request)
        snapshot["channels"] = request["json"]["channels"]
        snapshot["contact_points"] = {"mail": 10, "line": 22, "push": 12}
        return snapshot


@pytest.fixture
def houses(contracts: Contracts) -> Iterator[HousesWithLine]:
    houses = HousesWithLine(contracts)
    yield houses
    assert houses.faults == []


def write(browser: Browser, lane: str = "normal") -> Browser:
    return browser.open("/messages/new").press(
        "confirm", group=CLASS_42, subject="持ち物", body="お弁当と水筒", lane=lane
    )


def only(houses: FakeHouses) -> dict[str, Any]:
    (message,) = houses.messages.values()
    return message


def test_the_months_rest_and_what_this_send_leaves_of_it_are_shown(deputy: Browser) -> None:
    words = write(deputy).words
    assert "LINEの今月の残り 1,240通（このあと 1,218通）" in words
    assert "4年2組の25人に送る" in words


def test_a_rest_that_just_suffices_stops_nothing(houses: HousesWithLine, deputy: Browser) -> None:
    houses.left = 22
    words = write(deputy).words
    assert "LINEの今月の残り 22通（このあと 0通）" in words
    assert "4年2組の25人に送る" in words


def test_too_small_a_rest_stands_in_the_buttons_place_and_mail_and_app_carry_the_message(
    houses: HousesWithLine, deputy: Browser
) -> None:
    houses.left = 21
    words = write(deputy).words
    assert STOP in words
    assert "に送る" not in words.partition(STOP)[2]
    first = deputy.form("/release")
    old = dict(first.fields)["snapshot"]
    deputy.press("off", form="/release")
    assert "まだ送られていません" in deputy.words, "the confirm screen again"
    assert "LINEでは送りません" in deputy.words
    assert "受信先 22件（メール 10・アプリ 12）" in deputy.words
    assert "LINEの今月の残り" not in deputy.words
    fields = dict(deputy.form("/release").fields)
    assert fields["snapshot"] != old
    assert only(houses)["channels"] == ["mail", "push"]
    deputy.press(form="/release")
    assert only(houses)["state"] == "pending"
    body = next(request["json"] for call, request in houses.asked if call == RELEASE)
    assert body == {"snapshot_id": fields["snapshot"], "version": 2}
    assert "届け方 メール・アプリ" in deputy.words


def test_line_can_be_taken_in_again(houses: HousesWithLine, deputy: Browser) -> None:
    houses.left = 0
    write(deputy).press("off", form="/release")
    houses.left = 500
    deputy.press("on", form="/channels")
    assert "LINEの今月の残り 500通（このあと 478通）" in deputy.words
    assert only(houses)["channels"] == CHANNELS


@pytest.mark.parametrize(
    "error", [Unavailable("line_away", "Away."), NotFound("no_line_account", "None.")]
)
def test_a_send_never_depends_on_the_quota(
    houses: HousesWithLine, deputy: Browser, error: ServiceError
) -> None:
    houses.failures[QUOTA] = error
    assert "LINEの今月の残りは、いま確かめられません（このまま送れます）" in write(deputy).words
    deputy.press(form="/release")
    assert (only(houses)["state"], only(houses)["channels"]) == ("pending", CHANNELS)


def test_a_person_waits_for_the_quota_three_seconds_at_most(
    houses: HousesWithLine, deputy: Browser
) -> None:
    write(deputy)
    assert [request["timeout"] for call, request in houses.asked if call == QUOTA] == [3]


def test_an_urgent_message_is_warned_of_and_never_stopped(
    houses: HousesWithLine, deputy: Browser
) -> None:
    houses.left = 21
    words = write(deputy, lane="urgent").words
    assert (
        "LINEの今月の残りは 21通です。この連絡は 22通です。緊急なので、このまま送れます。" in words
    )
    assert "4年2組の25人に緊急で送る" in words
    deputy.press(form="/release")
    assert only(houses)["state"] == "pending"


def test_an_account_without_a_limit_needs_no_words(houses: HousesWithLine, deputy: Browser) -> None:
    houses.left = None
    assert "今月の残り" not in write(deputy).words


def test_an_open_blank_is_told_before_the_quota(houses: HousesWithLine, deputy: Browser) -> None:
    houses.left = 21
    deputy.open("/messages/new").press(f"apply:{TEMPLATES[1]['id']}").press(
        "confirm", group=CLASS_42
    )
    assert "4か所残っています" in deputy.words
    assert "メールとアプリだけ" not in deputy.words


def test_a_draft_that_moved_on_meanwhile_is_not_changed(
    houses: HousesWithLine, deputy: Browser
) -> None:
    houses.left = 21
    write(deputy)
    only(houses)["version"] = 7
    deputy.press("off", form="/release")
    assert "別の画面で書きかえられています" in deputy.words
    assert only(houses)["channels"] == CHANNELS


@pytest.mark.parametrize("call", [SAVE_DRAFT, MAKE_SNAPSHOT])
def test_a_house_that_is_away_leaves_no_screen_of_other_channels(
    houses: HousesWithLine, deputy: Browser, call: Any
) -> None:
    houses.left = 21
    write(deputy)
    houses.failures[call] = Unavailable("service_away", "Away.")
    deputy.press("off", form="/release")
    assert deputy.path.endswith("/edit")


def test_where_line_is_the_only_way_nothing_else_is_offered() -> None:
    snapshot = {"channels": ["line"], "contact_points": {"mail": 0, "line": 22, "push": 0}}
    stand = judge_line(snapshot, {"limit": 40, "used": 0, "left": 21}, is_urgent=False)
    assert (stand.stop, stand.without) == (
        "LINEの今月の残りは 21通です。この連絡の 22通には足りません。",
        "",
    )
