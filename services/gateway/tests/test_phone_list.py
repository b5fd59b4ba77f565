"""Health in four words, numbers to call, and the list of whom to call (DLV-4, DIR-13, MSG-18)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account

from common.answers.directory import CalledGuardian
from gateway.clients.calls import PHONE_NUMBERS
from gateway.domain.guardians import say_guardian
from gateway.domain.health import health_of
from gateway.domain.reachability import SHOWN_AT_ONCE, ClassStanding
from gateway.domain.reasons import reason_words, why_not_reached

AUDIENCE = {"group_ids": [CLASS_42], "member_ids": [], "excluded_member_ids": []}


@pytest.fixture
def sent(houses: FakeHouses) -> str:
    """Return a message that is sent and did not reach one child."""
    message_id: str = houses.post_messages(
        {"json": {"subject": "持ち物", "body": "お弁当", "audience": AUDIENCE}}
    )["id"]
    snapshot = houses.post_snapshots({"json": {"audience": AUDIENCE}})["id"]
    houses.post_messages_message_id_release({"json": {"snapshot_id": snapshot}}, message_id)
    houses.post_messages_message_id_send_now({}, message_id)
    houses.counts[message_id] = {"confirmed": 12, "delivered": 13, "unreached": 1}
    return message_id


@pytest.mark.parametrize(
    ("shown", "label", "name", "called"),
    [
        ("name_and_label", "母", "髙橋 美穂", "髙橋 美穂（母）"),
        ("name_and_label", "", "髙橋 美穂", "髙橋 美穂"),
        ("name_and_label", "祖父", None, "保護者（祖父）"),
        ("label", "母", "髙橋 美穂", "髙橋 陽菜 さんの母"),
        ("label", "", "髙橋 美穂", "髙橋 陽菜 さんの保護者"),
        ("name", "母", "髙橋 美穂", "髙橋 美穂"),
        ("name", "祖父", None, "保護者"),
    ],
)
def test_a_school_says_how_its_lists_call_guardians(
    shown: str, label: str, name: str | None, called: str
) -> None:
    guardian: CalledGuardian = {"label": label, "name": name, "protected": name is None}
    assert say_guardian(guardian, "髙橋 陽菜", shown, "保護者") == called


def test_every_list_of_a_school_calls_guardians_as_it_wants(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    child = houses.members[0]
    deputy.open("/settings").press(form="/settings", guardian_names="label")
    assert houses.set_up["guardian_names"] == "label"
    houses.school["guardian_names"] = "label"
    page = deputy.open(f"/members/{child['id']}").words
    assert f"{child['display_name']} さんの母" in page
    assert f"{child['display_name']} さんの父" in page
    assert "髙橋 健一" not in page
    page = deputy.open(f"/messages/{sent}/phone-list").words
    assert "渡邉 希 さんの母" in page
    assert "髙橋 真由美" not in page


def test_a_childs_page_has_numbers_that_call(houses: FakeHouses, deputy: Browser) -> None:
    address = f"/members/{houses.members[0]['id']}"
    deputy.open(address)
    assert 'href="tel:0000-00-1001"' in deputy.html
    assert "緊急連絡先（電話）" in deputy.words
    houses.account = make_account("sender", functions=["roster.see"])
    assert "緊急連絡先" not in deputy.open(address).words


def test_a_childs_page_says_health_in_words_and_why(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert "✓ 届いています" in deputy.words
    assert "？ 要確認 受信箱がいっぱいです" in deputy.words


@pytest.mark.parametrize(
    ("kind", "state", "code", "word", "why"),
    [
        ("mail", "active", None, "届いています", ""),
        (
            "mail",
            "active",
            "user_unknown",
            "届きません",
            "この宛先はもう使われていません（11月3日（火）から）",
        ),
        (
            "mail",
            "active",
            "blocked",
            "届きません",
            "相手の会社か受信設定で、受け取りが断られています（11月3日（火）から）",
        ),
        (
            "line",
            "active",
            "blocked",
            "届きません",
            "LINEでブロックされています（11月3日（火）から）",
        ),
        (
            "push",
            "active",
            "token_dead",
            "届きません",
            "アプリの通知が切られています（11月3日（火）から）",
        ),
        ("mail", "active", "mailbox_full", "要確認", "受信箱がいっぱいです（11月3日（火）から）"),
        (
            "mail",
            "stopped",
            None,
            "要確認",
            "ご家庭がメールの受信を止めています（緊急連絡は届きます）",
        ),
        ("mail", "ended", None, "届きません", "使われていません"),
    ],
)
def test_health_is_one_of_four_words_with_its_reason(
    kind: str, state: str, code: str | None, word: str, why: str
) -> None:
    health = {"code": code, "since": "2026-11-03"} if code else None
    found = health_of(
        {
            "kind": kind,
            "state": state,
            "health": health,
            "proved_at": "2026-11-01T00:00:00+00:00",
            "last_proved_at": None,
        }
    )
    assert (found.word, found.why) == (word, why)
    is_for_the_family = bool(code)
    assert bool(found.mending) == is_for_the_family


def test_what_arrives_says_when_that_was_last_proved() -> None:
    found = health_of(
        {
            "kind": "line",
            "state": "active",
            "health": None,
            "proved_at": "2026-11-01T00:00:00+00:00",
            "last_proved_at": "2026-11-20T07:02:00+00:00",
        }
    )
    assert (found.word, found.why) == ("届いています", "最後に確かめた日 11月20日（金）")


@pytest.mark.parametrize("health", [None, {"code": None, "since": "2026-11-03"}])
def test_nothing_is_said_to_arrive_before_somebody_pressed_it(
    health: dict[str, str | None] | None,
) -> None:
    found = health_of({"kind": "mail", "state": "active", "health": health, "proved_at": None})
    assert (found.word, found.style, found.why) == ("まだ確かめていません", "", "")


def test_one_reason_for_one_child_on_every_screen() -> None:
    before_the_send, after_it = (
        reason_words("blocked_by_user"),
        why_not_reached([{"state": "refused", "reason": "blocked_by_user", "channel": "line"}]),
    )
    on_the_childs_page = health_of(
        {"kind": "line", "state": "active", "health": {"code": "blocked", "since": None}}
    ).why
    assert [before_the_send] == after_it == [on_the_childs_page] == ["LINEでブロックされています"]


def test_the_message_leads_to_whom_to_call(houses: FakeHouses, deputy: Browser, sent: str) -> None:
    assert f"/messages/{sent}/phone-list" in deputy.open(f"/messages/{sent}").html
    deputy.open(f"/messages/{sent}/recipients?state=unreached")
    assert "！ 届いていません この宛先はもう使われていません" in deputy.words
    deputy.open(f"/messages/{sent}/phone-list")
    assert "4年2組 9人" in deputy.words
    assert "26 渡邉 希" in deputy.words
    assert "髙橋 真由美（母）" in deputy.words
    assert 'href="tel:0000-00-1002"' in deputy.html
    assert "この宛先はもう使われていません" in deputy.words
    assert "番号は管理者に確かめてください" in deputy.words
    body = next(request["json"] for call, request in houses.asked if call == PHONE_NUMBERS)
    assert body["message_id"] == sent


def test_children_whose_class_is_gone_are_no_colleagues(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    """Their lists were headed 「教職員」."""
    child = houses.members[0]["id"]
    houses.unreached = [{"member_id": child, "class_id": CLASS_42, "message_ids": [sent]}]
    houses.groups = [group for group in houses.groups if group["id"] != CLASS_42]
    for page in (f"/messages/{sent}/phone-list", "/unreached"):
        deputy.open(page)
        headings = [
            given.get("aria-label") for tag, given in deputy.read().tags if tag == "section"
        ]
        assert headings == ["学級なし"], page


@pytest.mark.parametrize("came_from", ["cross-site", "same-site"])
def test_a_link_on_another_site_leaves_no_line_in_the_log(
    houses: FakeHouses, deputy: Browser, sent: str, came_from: str
) -> None:
    lists = (f"/messages/{sent}/phone-list", "/unreached", "/unreachable")
    for path in lists:
        deputy.open(path, headers={"Sec-Fetch-Site": came_from})
        assert deputy.status == 403
        assert "ほかのサイトのリンクからは開けません。" in deputy.words
    assert PHONE_NUMBERS not in [call for call, _ in houses.asked]
    for path in lists:
        assert deputy.open(path, headers={"Sec-Fetch-Site": "same-origin"}).status == 200
    assert PHONE_NUMBERS in [call for call, _ in houses.asked]


def test_without_the_right_to_phones_there_is_no_list(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    houses.account = make_account(
        "sender", functions=["messages.read", "messages.send", "roster.see"]
    )
    assert "phone-list" not in deputy.open(f"/messages/{sent}").html
    assert deputy.open(f"/messages/{sent}/phone-list").status == 403


def tick(browser: Browser, sent: str, child: str, **more: str) -> Browser:
    fields = dict(browser.form("/told").fields) | {
        "member": child,
        "message": sent,
        "how": "phone",
        **more,
    }
    return browser.post("/told", fields)


def test_a_family_that_was_told_is_ticked_with_name_and_time_and_can_be_taken_back(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    """MSG-18: two people do not call the same home."""
    child = houses.members[25]["id"]
    tick(deputy.open(f"/messages/{sent}/phone-list"), sent, child)
    assert deputy.path.startswith(f"/messages/{sent}/phone-list"), "back to the list"
    assert "✓ 電話で伝えた" in deputy.words
    assert "山下 明子" in deputy.words
    tick(deputy, sent, child)
    assert "に 山下 明子 さんが、もう電話で伝えています。" in deputy.words
    deputy.press(form="/told/withdraw")
    assert "「伝えた」の印を取り消しました。" in deputy.words
    assert houses.told == {}


def test_home_counts_an_unreached_child_once_and_the_list_empties_the_line(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    """The same nine families stood there once a message (walk S3 39)."""
    child = houses.members[25]["id"]
    houses.unreached = [{"member_id": child, "class_id": CLASS_42, "message_ids": [sent]}]
    assert "！ 届いていません（1人） 持ち物" in deputy.open("/").words
    deputy.open("/unreached")
    assert "26 渡邉 希" in deputy.words
    tick(deputy, sent, child)
    houses.unreached = []
    assert "届いていません" not in deputy.open("/").words.split("送信中")[0]


def test_who_may_be_unreachable_is_known_before_the_first_send(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.unreachable = [{"member_id": houses.members[21]["id"], "reason": "none"}]
    assert "届かない見込み（児童 1人）" in deputy.open("/").words
    assert "受信登録がありません" in deputy.open("/unreachable").words


def test_the_standing_of_registrations_names_whom_an_emergency_would_miss(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-9: from home to the reason, and on to paper and telephone."""
    child = houses.members[21]
    houses.unreachable = [{"member_id": child["id"], "reason": "user_unknown"}]
    assert 'href="/reachability"' in deputy.open("/").html
    words = deputy.open("/reachability").words
    assert "いま緊急連絡を送ると、この児童 1人には届きません" in words
    assert "受信登録のある児童 25人／26人（96%）" in words
    assert (
        "この宛先はもう使われていません → 新しい受信先の登録を、ご家庭にお願いしてください" in words
    )
    deputy.open(f"/reachability?class={CLASS_42}")
    assert f'href="/unreachable?class={CLASS_42}"' in deputy.html
    assert child["display_name"] in deputy.open(f"/unreachable?class={CLASS_42}").words
    houses.unreachable = []
    assert "全員に届く見込みです" in deputy.open("/reachability").words


def test_of_many_children_only_an_asked_class_is_named(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    houses.unreachable = [{"member_id": child, "reason": "none"}] * (SHOWN_AT_ONCE + 1)
    name = houses.members[0]["display_name"]
    assert name not in deputy.open("/reachability").words
    assert name in deputy.open(f"/reachability?class={CLASS_42}").words
    assert name not in deputy.open("/reachability?class=anything").words


@pytest.mark.parametrize(
    ("heads", "registered", "rate"),
    [(300, 300, "100%"), (300, 299, "99%"), (300, 1, "1%"), (300, 0, "0%"), (0, 0, "")],
)
def test_only_all_are_a_hundred_percent(heads: int, registered: int, rate: str) -> None:
    assert ClassStanding("", "", heads, registered, 0).rate == rate


def test_a_family_that_stopped_its_mails_stands_on_home(
    houses: FakeHouses, deputy: Browser
) -> None:
    member = houses.members[0]["id"]
    houses.stopped_points = [
        {
            "contact_point_id": member,
            "member_ids": [member],
            "stopped_at": "2026-11-24T06:05:00+00:00",
        }
    ]
    assert "ご家庭がメールの受信を止めました" in deputy.open("/").words
    assert f"/members/{member}" in deputy.html


def test_home_says_so_when_more_families_stopped_than_it_lists(
    houses: FakeHouses, deputy: Browser
) -> None:
    member = houses.members[0]["id"]
    stopped = {
        "contact_point_id": member,
        "member_ids": [member],
        "stopped_at": "2026-11-24T06:05:00+00:00",
    }
    houses.stopped_points = [stopped] * 20
    assert "ほかにもあります" not in deputy.open("/").words
    houses.stopped_points = [stopped] * 21
    assert "受信の停止は、ほかにもあります。" in deputy.open("/").words


def test_the_office_sees_how_many_families_answered_a_mail(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DLV-10."""
    assert "返信" not in deputy.open("/reachability").words
    houses.replies = 3
    assert "この7日間に、メールへの返信が 3件ありました。" in deputy.open("/reachability").words
