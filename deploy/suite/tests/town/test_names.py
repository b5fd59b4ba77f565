"""The town says who is behind an address: lists by class, a filter, a talk that opens at its newest
bubble.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from suite.demo.roster import demo_roster
from suite.town.control import RelayControl
from suite.town.fcm import Fcm
from suite.town.line import LineTown
from suite.town.mailboxes import Mailboxes, NewMail
from suite.town.names import Named, Names
from suite.town.pages import create_town_app
from suite.town.phones import NewNotification, Phones
from suite.town.talks import Channel
from suite.townspeople import townspeople

SCHOOL = "minamo"
MOTHER = Named("U1", "髙橋 美穂", "4年2組 陽菜・1年1組 蓮の母", "4年2組", 40)
FATHER = Named("app-2", "佐藤 健", "1年1組 湊の父", "1年1組", 10)
TEACHER = Named("noguchi@school.town.test", "野口 大輔", "4年2組担任", "教職員", 1)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[FlaskClient]:
    """Give a town in which each of three people, and a stranger on each channel, got something; the
    strangers last.
    """
    line = LineTown(tmp_path / "line.db")
    line.talks.put_channel(Channel(SCHOOL, "token", "secret", "http://127.0.0.1:9"))
    for words in ("最初の連絡", "新しい連絡"):
        line.talks.take(SCHOOL, "push", ["U1", "Ustranger"], [{"type": "text", "text": words}])
    phones = Phones(tmp_path / "phones.db")
    for token in ("app-2", "app-stranger"):
        phones.store(NewNotification(token, "題名", "本文", "", "", False, "{}"))
    names = Names(tmp_path / "names.db")
    names.put([MOTHER, FATHER, TEACHER])
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        for address in ("noguchi@school.town.test", "stranger@mail.town.test"):
            mailboxes.store(
                [NewMail("", address, f"<{address}>", "件名", b"Subject: x\r\n\r\ntext\r\n")]
            )
        fcm = Fcm(phones, tmp_path / "account.json")
        app = create_town_app(
            mailboxes, RelayControl(), fcm=fcm, line=line, names=names, product="/"
        )
        yield app.test_client()


@pytest.mark.parametrize(
    ("path", "person", "stranger"),
    [
        ("/town/", TEACHER, "stranger@mail.town.test"),
        ("/town/line/", MOTHER, "Ustranger"),
        ("/town/phones", FATHER, "app-stranger"),
    ],
)
def test_every_list_names_whom_it_knows_under_the_class_and_the_others_last(
    page: FlaskClient, path: str, person: Named, stranger: str
) -> None:
    html = page.get(path).text
    titles = re.findall(r'<h2 class="place">(.*?)</h2>', html)
    assert titles == [person.place, "そのほか"]
    assert html.index(person.words) < html.index(stranger)
    assert person.address in html


@pytest.mark.parametrize("query", ["髙橋", "髙橋美穂", "4年2組", "陽菜・1年1組　蓮", "u1"])
def test_a_talk_is_found_by_name_class_child_or_address(page: FlaskClient, query: str) -> None:
    html = page.get("/town/line/", query_string={"q": query}).text
    assert MOTHER.words in html
    assert "Ustranger" not in html


def test_a_filter_that_fits_nobody_says_so(page: FlaskClient) -> None:
    assert "「山田」を含む利用者のトークはありません" in page.get("/town/line/?q=山田").text


def test_a_list_that_shows_the_newest_only_says_so(
    page: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "の中から表示しています" not in page.get("/town/line/").text
    for module in ("names", "pages", "talk_pages", "phone_pages"):
        monkeypatch.setattr(f"suite.town.{module}.EVERYBODY", 2)
    for path in ("/town/", "/town/line/", "/town/phones"):
        assert "（新しい2人の中から表示しています）" in page.get(path).text


def test_a_talk_a_phone_and_a_mailbox_carry_the_name(page: FlaskClient) -> None:
    assert (
        MOTHER.words
        in page.get("/town/line/talk", query_string={"channel": SCHOOL, "user": "U1"}).text
    )
    assert FATHER.words in page.get("/town/phone?token=app-2").text
    assert TEACHER.words in page.get("/town/mails?recipient=noguchi@school.town.test").text


def test_a_talk_opens_at_its_newest_bubble(page: FlaskClient) -> None:
    (address,) = re.findall(r'href="([^"]*user=U1[^"]*)"', page.get("/town/line/").text)
    assert address.endswith("#newest")
    html = page.get(address.replace("&amp;", "&")).text
    assert html.count('id="newest"') == 1
    assert html.index("最初の連絡") < html.index('id="newest"') < html.index("新しい連絡")


def test_the_head_names_every_channel_and_leads_back_to_the_school(page: FlaskClient) -> None:
    for path in ("/town/", "/town/line/", "/town/phones"):
        head = page.get(path).text.split("</header>")[0]
        assert re.findall(r"<a[^>]*>(メール|LINE|電話の通知)</a>", head) == [
            "メール",
            "LINE",
            "電話の通知",
        ]
        assert '<a class="product" href="/">' in head


def test_the_demo_schools_people_are_all_named_and_a_mother_of_two_with_both_children() -> None:
    roster = demo_roster()
    people = {person.address: person for person in townspeople(roster)}
    points = [point for guardian in roster.guardians for point in guardian.contact_points]
    assert {point.address for point in points} | {person.mail for person in roster.staff} == set(
        people
    )
    assert len({person.position for person in people.values()}) == len(people)
    (mother,) = {p.words for p in people.values() if "4年2組 陽菜・1年1組 蓮の母" in p.about}
    assert mother.startswith("髙橋 ")
    assert {person.place for person in people.values()} >= {
        "教職員",
        "1年1組",
        "6年2組",
        "ひまわり学級",
    }
