"""The town's page shows a person what arrived, marked as a simulation, and gives tests the same as
JSON (OPS-1).
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client
from werkzeug.wrappers import Response

from suite.town.control import RelayControl
from suite.town.mailboxes import Mailboxes, NewMail
from suite.town.pages import create_town_app


@pytest.fixture
def mailboxes(tmp_path: Path) -> Iterator[Mailboxes]:
    with closing(Mailboxes(tmp_path / "town.db")) as boxes:
        yield boxes


@pytest.fixture
def control() -> RelayControl:
    return RelayControl(pace=0.03)


@pytest.fixture
def page(mailboxes: Mailboxes, control: RelayControl) -> FlaskClient:
    return create_town_app(mailboxes, control).test_client()


@pytest.fixture
def deliver(mailboxes: Mailboxes, letter: Callable[..., EmailMessage]) -> Callable[..., int]:
    """Return `deliver(recipient, **letter) -> id` that puts a mail in a mailbox."""

    def put(recipient: str = "haha@mail.town.test", **parts: str) -> int:
        mail = letter(**parts)
        mailboxes.store(
            [
                NewMail(
                    "bounce@school.test",
                    recipient,
                    mail["Message-ID"],
                    mail["Subject"],
                    mail.as_bytes(),
                )
            ]
        )
        return mailboxes.list_mails(recipient)[0].id

    return put


def test_an_empty_town_says_that_nothing_real_is_sent(page: FlaskClient) -> None:
    html = page.get("/town/").text
    assert "実際のメールは送られません" in html
    assert "まだメールは届いていません" in html
    assert page.get("/").location == "/town/"


def test_mailboxes_are_listed_and_found(page: FlaskClient, deliver: Callable[..., int]) -> None:
    deliver("m..takahashi@docomo.town.test", subject="持ち物について")
    deliver("chichi@gmail.town.test")
    html = page.get("/town/").text
    assert "m..takahashi@docomo.town.test" in html
    assert "持ち物について" in html
    found = page.get("/town/mailbox-rows?q=docomo").text
    assert "chichi@gmail.town.test" not in found
    assert "<html" not in found
    assert "を含むアドレスに届いたメールはありません" in page.get("/town/?q=nowhere").text


@pytest.mark.parametrize(
    "recipient",
    ["m..takahashi@docomo.town.test", "a+b&c=%/../x#y@mail.town.test", '"<b>"@mail.town.test'],
)
def test_a_mailbox_with_a_difficult_address_opens_from_the_list(
    page: FlaskClient, deliver: Callable[..., int], recipient: str
) -> None:
    mail_id = deliver(recipient)
    with page.application.test_request_context():
        path = page.application.url_for("town.show_mailbox", recipient=recipient)
    assert path.replace("&", "&amp;") in page.get("/town/").text
    assert f"/town/mails/{mail_id}" in page.get(path).text


def test_a_mail_shows_its_text_with_links_that_can_be_pressed(
    page: FlaskClient, deliver: Callable[..., int]
) -> None:
    mail_id = deliver(text="確認はhttps://renraku.test/r/a-b?c=1&d=2。\n次の行")
    html = page.get(f"/town/mails/{mail_id}").text
    assert '確認は<a href="https://renraku.test/r/a-b?c=1&amp;d=2" rel="noopener">' in html
    assert "</a>。\n次の行" in html
    assert "List-Unsubscribe" in html


def test_markup_in_a_mail_is_text_on_the_page(
    page: FlaskClient, deliver: Callable[..., int]
) -> None:
    mail_id = deliver(
        "x@mail.town.test",
        subject="<script>alert(1)</script>",
        text="<b onclick=x>太字</b> javascript:alert(1)",
    )
    for path in ("/town/", "/town/mails?recipient=x@mail.town.test", f"/town/mails/{mail_id}"):
        html = page.get(path).text
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b onclick" not in html
    assert 'href="javascript:' not in html


def test_a_mail_with_html_only_shows_its_words(
    page: FlaskClient, mailboxes: Mailboxes, letter: Callable[..., EmailMessage]
) -> None:
    mail = letter()
    mail.set_content("<style>p{}</style><p>きょうは<b>お休み</b></p><p>です</p>", subtype="html")
    mailboxes.store(
        [NewMail("", "x@mail.town.test", mail["Message-ID"], mail["Subject"], mail.as_bytes())]
    )
    (found,) = page.get("/town/mails.json?recipient=x@mail.town.test").get_json()
    assert found["text"] == "きょうはお休み\nです"


def test_a_mail_that_cannot_be_decoded_is_still_shown(
    page: FlaskClient, mailboxes: Mailboxes
) -> None:
    raw = (
        b"From: \xff <\r\n"
        b"Subject: =?x-none?B?!!?=\r\n"
        b"Content-Type: text/plain; charset=x-none\r\n"
        b"\r\n"
        b"\xff\xfe words\r\n"
    )
    mailboxes.store([NewMail("", "x@mail.town.test", "<1@x.test>", "?", raw)])
    answer = page.get("/town/mails/1")
    assert answer.status_code == 200
    assert "words" in answer.text


def test_a_missing_mail_is_not_found(page: FlaskClient) -> None:
    assert page.get("/town/mails/1").status_code == 404
    assert page.get(f"/town/mails/{10**30}").status_code == 404


def test_the_slider_sets_the_pace(page: FlaskClient, control: RelayControl) -> None:
    assert 'value="30"' in page.get("/town/").text
    answer = page.post(
        "/town/pace", data={"pace_ms": "250"}, headers={"Origin": "http://localhost"}
    )
    assert (answer.status_code, answer.location) == (303, "/town/")
    assert control.pace == 0.25
    page.post("/town/pace", data={"pace_ms": "999999"})
    assert control.pace == 1.0


def test_another_site_cannot_set_the_pace(page: FlaskClient, control: RelayControl) -> None:
    for origin in ("http://elsewhere.test", "null"):
        assert (
            page.post("/town/pace", data={"pace_ms": "0"}, headers={"Origin": origin}).status_code
            == 403
        )
    assert page.post("/town/pace", data={"pace_ms": "fast"}).status_code == 400
    assert control.pace == 0.03


def test_every_page_forbids_inline_scripts_and_has_none(
    page: FlaskClient, deliver: Callable[..., int]
) -> None:
    mail_id = deliver()
    for path in ("/town/", "/town/mails?recipient=haha@mail.town.test", f"/town/mails/{mail_id}"):
        answer = page.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "<script>" not in answer.text
        assert "style=" not in answer.text
    for name in ("town.js", "town.css"):
        with page.get(f"/town/static/{name}") as asset:
            assert asset.status_code == 200


def test_counts_and_mails_come_as_json(
    page: FlaskClient, deliver: Callable[..., int], mailboxes: Mailboxes
) -> None:
    deliver()
    (stored,) = mailboxes.list_latest()
    mailboxes.store([NewMail("", stored.recipient, stored.message_id, stored.subject, stored.raw)])
    duplicate = {"recipient": stored.recipient, "message_id": stored.message_id, "times": 2}
    assert page.get("/town/counts.json").json == {
        "mails": 2,
        "mailboxes": 1,
        "duplicates": [duplicate],
    }
    newest, oldest = page.get("/town/mails.json").get_json()
    assert newest["id"] > oldest["id"]
    assert oldest["links"] == ["https://renraku.test/r/abc"]
    assert oldest["from"] == "tsubameno@school.test"
    assert oldest["headers"]["List-Unsubscribe"] == "<https://renraku.test/x/abc>"
    assert page.get("/town/mails.json?recipient=other@mail.town.test").json == []


def test_the_page_works_below_a_path_of_another_application(
    mailboxes: Mailboxes, deliver: Callable[..., int]
) -> None:
    deliver()
    town = create_town_app(mailboxes, RelayControl(), prefix="")
    browser = Client(
        DispatcherMiddleware(Response("outside", status=404), {"/practice/town": town})
    )
    html = browser.get("/practice/town/").text
    assert '"/practice/town/static/town.css"' in html
    assert "/practice/town/mails?recipient=haha@mail.town.test" in html
    with browser.get("/practice/town/static/town.css") as style:
        assert style.status_code == 200
    assert browser.get("/practice/town/counts.json").status_code == 200


class Door:
    """The product's door for mails that come in."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.answer = ""

    def post(self, sender: str, recipient: str, raw: bytes) -> str:
        self.taken.append((sender, recipient, raw))
        return self.answer


@pytest.mark.parametrize(("how", "submitted"), [("hand", None), ("automatic", "auto-replied")])
def test_a_mailbox_answers_by_hand_and_by_itself(
    mailboxes: Mailboxes, deliver: Callable[..., int], how: str, submitted: str | None
) -> None:
    door = Door()
    page = create_town_app(mailboxes, RelayControl(), postman=door).test_client()
    mail_id = deliver("a..b@docomo.town.test")
    sender = page.get("/town/mails.json").json[0]["from"]
    after = page.post(f"/town/mails/{mail_id}/reply", data={"how": how}, follow_redirects=True)
    assert "返信を渡しました" in after.text
    ((came_from, went_to, raw),) = door.taken
    assert (came_from, went_to) == ('"a..b"@docomo.town.test', sender)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Auto-Submitted"] == submitted
    door.answer = "550 5.1.1 No such address here"
    after = page.post(f"/town/mails/{mail_id}/reply", data={"how": how}, follow_redirects=True)
    assert "受け取られませんでした：550 5.1.1" in after.text


def test_another_site_sends_no_answer_in_the_towns_name(
    page: FlaskClient, deliver: Callable[..., int]
) -> None:
    address = f"/town/mails/{deliver()}/reply"
    assert page.post(address, headers={"Origin": "https://elsewhere.test"}).status_code == 403
    assert page.post(address).status_code == 404, "this town has no way back"


def test_a_mailbox_writes_an_empty_mail_though_nothing_has_come_there(
    mailboxes: Mailboxes,
) -> None:
    door = Door()
    page = create_town_app(mailboxes, RelayControl(), postman=door).test_client()
    assert (
        "まだメールが届いていません" in page.get("/town/mails?recipient=a..b@docomo.town.test").text
    )
    typed = {"sender": " a..b@docomo.town.test ", "to": "t+1@renraku.town.test"}
    after = page.post("/town/mails/write", data=typed, follow_redirects=True)
    assert "メールを渡しました" in after.text
    ((came_from, went_to, raw),) = door.taken
    assert (came_from, went_to) == ('"a..b"@docomo.town.test', "t+1@renraku.town.test")
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["Subject"], mail["Auto-Submitted"], mail.get_payload().strip()) == (None, None, "")
    door.answer = "550 5.1.1 No such address here"
    after = page.post("/town/mails/write", data=typed, follow_redirects=True)
    assert "受け取られませんでした：550 5.1.1" in after.text


def test_only_a_whole_address_is_written_to_and_from(mailboxes: Mailboxes) -> None:
    page = create_town_app(mailboxes, RelayControl(), postman=Door()).test_client()
    for sender, to in [("", "t@x.test"), ("a@x.test", "t"), ("a@x.test\r\nDATA", "t@x.test")]:
        typed = {"sender": sender, "to": to}
        assert page.post("/town/mails/write", data=typed).status_code == 400
    elsewhere = {"Origin": "https://elsewhere.test"}
    assert page.post("/town/mails/write", headers=elsewhere).status_code == 403
