"""Every page: who may open it, its headers, its HTML (ID-3, MY-5, trust.md web security)."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from browser import Browser
from fake_console import COLLEAGUE, ME
from fake_houses import FakeHouses
from fake_operator import days_ago, make_erasure
from flask import Flask
from flask.testing import FlaskClient
from town_school import CLASS_42, make_account, make_id, make_reading

from common.testing.checks import assert_every_route_has_a_rule, assert_rules_kebab_case
from gateway.pages import EXEMPT

DRAFT = {
    "subject": "持ち物",
    "body": "お弁当",
    "audience": {"group_ids": [CLASS_42], "member_ids": [], "excluded_member_ids": []},
}
FIRST_ADDRESSES = (
    "/",
    "/sign-in",
    "/messages",
    "/messages/drafts",
    "/messages/new",
    "/messages/new?lane=urgent",
)
ADDRESSES_WITHOUT_IDS = (
    "/own",
    "/settings/categories",
    "/own/factors",
    "/operation-log",
    "/operation-log?kind=roster&from=2026-11-01",
    "/operation-log?whole=1",
    "/search",
    "/search?query=髙橋",
    "/help",
    "/help/first-steps",
    "/help/sending",
    "/help/not-reached",
    "/help/guardians",
    "/r/good",
    "/u/good",
    "/nowhere",
    "/operator/sign-in",
    "/operator",
    "/operator/schools",
)


@pytest.fixture
def addresses(houses: FakeHouses) -> list[str]:
    """Return the address of every page, with something to see behind each."""
    draft = houses.post_messages({"json": DRAFT})["id"]
    pending, released, done = (houses.post_messages({"json": DRAFT})["id"] for _ in range(3))
    snapshot = houses.post_snapshots({"json": {"audience": DRAFT["audience"]}})["id"]
    for message_id in (pending, released, done):
        houses.post_messages_message_id_release({"json": {"snapshot_id": snapshot}}, message_id)
    houses.post_messages_message_id_send_now({}, released)
    houses.post_messages_message_id_send_now({}, done)
    houses.messages[done].update(
        state="complete", completed_at=houses.messages[done]["released_at"]
    )
    houses.counts[done] = {"confirmed": 12, "delivered": 13, "unreached": 1}
    houses.counts[released] = {"delivered": 20, "delivering": 6}
    houses.reading = make_reading(houses.members[:2])
    child = houses.members[0]["id"]
    ended = houses.get_schools({"user_token": "operator-token", "params": {}})["items"]
    for school, state, days in zip(ended, ("read_only", "certified"), (3, 40), strict=True):
        houses.erasures[school["id"]] = make_erasure(school, state, days_ago(days))
    school, erased = (f"/operator/schools/{each['id']}" for each in ended)
    houses.look_into(ended[0]["id"])
    return [
        *FIRST_ADDRESSES,
        f"/messages/{draft}/edit",
        f"/messages/{draft}/confirm?snapshot={snapshot}",
        f"/messages/{pending}",
        f"/messages/{released}",
        f"/messages/{done}",
        f"/messages/{done}/category",
        f"/messages/{done}/recipients?state=unreached",
        "/members",
        "/members?query=4-2-12",
        "/members/staff",
        f"/members/{child}",
        f"/members/{child}/edit",
        f"/members/{child}/guardians/{make_id('mother')}",
        f"/members/{child}/guardians/new",
        "/members/new",
        "/members?select=1",
        "/members/deleted",
        "/members/deleted?kind=staff",
        "/members/staff/new",
        "/members/print",
        "/members/print?kind=staff",
        "/members/import",
        f"/members/import/{houses.plan['id']}",
        "/members/import/staff",
        f"/members/import/staff/{houses.staff_plan['id']}",
        f"/messages/{done}/phone-list",
        "/groups",
        "/groups?kind=free",
        "/groups?kind=staff",
        "/groups/arrange",
        "/groups/arrange?kind=free",
        f"/groups/new?kind=class&below={CLASS_42}",
        f"/groups/{CLASS_42}",
        f"/groups/{CLASS_42}/edit",
        f"/groups/{CLASS_42}/delete",
        f"/groups/{CLASS_42}/memberships",
        f"/groups/{make_id('東町1班')}/delete",
        f"/groups/{make_id('東町1班')}/memberships",
        f"/groups/{make_id('全教職員')}/memberships",
        "/memberships",
        f"/members/{child}/memberships",
        *ADDRESSES_WITHOUT_IDS,
        school,
        erased,
        f"{school}/end?ended_on=2027-03-31&grace_days=30",
        f"{school}/end?ended_on={days_ago(0)}&grace_days=0",
        "/operator/clocks",
        "/operator/schools/new",
        f"{school}/edit",
        f"{school}/access",
        f"{erased}/access",
        f"{school}/access/accounts",
        f"{school}/access/operation-log",
        f"{school}/access/messages",
        "/operator/operators",
        "/operator/operators/new",
        f"/operator/operators/{ME}",
        f"/operator/operators/{COLLEAGUE}",
    ]


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    assert_every_route_has_a_rule(app)


def test_urls_are_kebab_case_with_typed_parts(app: Flask) -> None:
    assert_rules_kebab_case(app)


def test_a_stranger_is_sent_to_sign_in_and_back(client: FlaskClient, addresses: list[str]) -> None:
    open_to_all = ("/sign-in", "/operator/sign-in", "/help", "/r/", "/u/", "/nowhere")
    for address in (each for each in addresses if not each.startswith(open_to_all)):
        answer = client.get(address)
        assert answer.status_code == 303, address
        door = "/operator/sign-in" if address.startswith("/operator") else "/sign-in"
        assert answer.location.startswith(door), address


def test_a_page_of_another_right_is_refused_in_words_and_leaves_the_menu(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.account = make_account("sender", functions=["roster.see"])
    deputy.open("/messages/new")
    assert deputy.status == 403
    assert "この操作はあなたの権限では使えません。" in deputy.words
    assert "連絡を送る" not in deputy.words
    assert "操作ログ" not in deputy.words


def test_every_page_is_sound_html(addresses: list[str], both: Browser) -> None:
    for address in addresses:
        both.open(address)
        assert both.status in (200, 404), (address, both.words)
        page = both.read()
        ids = Counter(given["id"] for _, given in page.tags if "id" in given)
        assert [name for name, times in ids.items() if times > 1] == [], address
        title, heading = page.texts["title"].strip(), page.texts["h1"].strip()
        assert heading, address
        assert title.startswith(heading), (address, title, heading)
        assert both.html.count("<h1") == 1, address
        labelled = {given["for"] for tag, given in page.tags if tag == "label" and "for" in given}
        for tag, given in page.tags:
            if tag in ("select", "textarea") or (
                tag == "input" and given.get("type") not in ("hidden", "checkbox", "radio")
            ):
                assert given.get("id") in labelled, (address, given)
            for name in ("aria-labelledby", "aria-describedby"):
                assert given.get(name) is None or given[name] in ids, (address, given)


def test_no_page_has_a_script_or_style_of_its_own(addresses: list[str], both: Browser) -> None:
    for address in addresses:
        for tag, given in both.open(address).read().tags:
            assert tag != "style", address
            assert "style" not in given, (address, given)
            assert not [name for name in given if name.startswith("on")], (address, given)
            if tag == "script":
                assert given["src"].startswith("/"), address
            if tag == "link":
                assert given["href"].startswith("/"), (address, given)


def test_every_form_that_posts_carries_a_token(addresses: list[str], both: Browser) -> None:
    forms = 0
    for address in addresses:
        for form in both.open(address).read().forms:
            if form.method == "post" and form.action.startswith(("/r/", "/u/")):
                assert not dict(form.fields), "the link is the right to press (B15)"
            elif form.method == "post":
                forms += 1
                assert dict(form.fields).get("csrf_token"), (address, form.action)
            else:
                assert "csrf_token" not in dict(form.fields), address
    assert forms > len(addresses) / 2


def test_every_address_that_changes_something_needs_the_token(app: Flask, both: Browser) -> None:
    exempt = {f"{view.__module__.rpartition('.')[2]}.{view.__name__}" for view in EXEMPT}
    exempt_ones = {"unsubscribe.stop", "unsubscribe.resume", "readings.confirm", "web_app.renew"}
    assert exempt == exempt_ones
    posts = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.endpoint not in exempt
    ]
    for rule in posts:
        address = re.sub(r"<uuid:\w+>", make_id("any"), rule.rule).replace("<string:token>", "good")
        answer = both.client.post(address)
        assert answer.status_code == 400, rule.rule
    assert len(posts) >= 10


def test_looking_changes_nothing(houses: FakeHouses, addresses: list[str], both: Browser) -> None:
    reads = {
        "/sessions/resolve",
        "/operator-sessions/resolve",
        "/sessions/schools",
        "/own/factors/look-up",
        "/members/look-up",
        "/phone-numbers/look-up",
        "/messages/{message_id}/checks",
        # These stand in the school's log, and open the page.
        "/operation-log/printed-lists",
        "/schools/{school_id}/accesses/{access_id}/looks",
    }
    houses.asked.clear()
    for address in addresses:
        both.open(address)
    changed = [
        call for call, _ in houses.asked if call.method != "GET" and call.template not in reads
    ]
    assert changed == []


def test_headers_protect_every_page(addresses: list[str], both: Browser) -> None:
    for address in addresses:
        headers = both.open(address).headers
        policy = headers["Content-Security-Policy"]
        for part in (
            "default-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (
            headers["Cross-Origin-Opener-Policy"]
            == headers["Cross-Origin-Resource-Policy"]
            == "same-origin"
        )
        assert headers["Cache-Control"] == "no-store"
        guardian = address.startswith(("/r/", "/u/"))
        assert headers["Referrer-Policy"] == ("no-referrer" if guardian else "same-origin"), address
        assert "Strict-Transport-Security" not in headers


def test_https_binds_the_cookies_to_the_host(secure_app: Flask) -> None:
    with secure_app.test_client() as client:
        answer = client.get("/sign-in", base_url="https://renraku.example")
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-renraku-form=")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie


def test_static_files_may_be_kept_and_change_their_address_with_their_content(
    deputy: Browser,
) -> None:
    style = next(
        given["href"]
        for tag, given in deputy.open("/").read().tags
        if given.get("href", "").startswith("/static/theme")
    )
    with deputy.client.get(style) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert re.search(r"\?v=[0-9a-f]{10}$", style)


def test_health_needs_no_session(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
