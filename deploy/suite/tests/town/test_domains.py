"""Each domain of the town answers as its table says, and a test can see exactly when (DEL-3,
DEL-6).
"""

from collections.abc import Callable
from contextlib import suppress

import pytest
from town_thread import RunningTown

from common import clock


def take(wire, recipient: str, sender: str = "bounce@school.test") -> str:
    """Return the answer to RCPT of a fresh transaction."""
    wire.say("EHLO school.test")
    wire.say(f"MAIL FROM:<{sender}>")
    return wire.say(f"RCPT TO:<{recipient}>")[:9]


def hand_over(wire, recipient: str, mail: bytes) -> str:
    """Return the answer to the content of a whole transaction, empty when the relay hung up."""
    assert wire.begin(recipient).startswith("354 ")
    wire.write(mail + b".\r\n")
    return wire.answer()[:9]


@pytest.mark.parametrize("domain", ["docomo", "ezweb", "softbank", "gmail", "mail", "newcomer"])
def test_an_ordinary_domain_takes_the_mail(
    town: RunningTown, wire, content: Callable[..., bytes], domain: str
) -> None:
    assert hand_over(wire, f"haha@{domain}.town.test", content()) == "250 2.0.0"
    assert town.town.mailboxes.count() == 1


@pytest.mark.parametrize(
    "recipient", ["haha@unknown.town.test", "nobody@gmail.town.test", "Nobody-7@UNKNOWN.town.test"]
)
def test_an_unknown_user_is_refused_every_time(wire, recipient: str) -> None:
    assert take(wire, recipient) == "550 5.1.1"
    assert take(wire, recipient) == "550 5.1.1"


def test_a_transaction_without_a_valid_recipient_gets_no_content(wire) -> None:
    take(wire, "nobody@mail.town.test")
    assert wire.say("DATA").startswith("554 5.5.1")


def test_a_refused_recipient_beside_a_valid_one_leaves_the_valid_one(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    assert wire.begin("nobody@mail.town.test", "haha@mail.town.test").startswith("354 ")
    wire.write(content() + b".\r\n")
    assert wire.answer().startswith("250 ")
    assert [box.address for box in town.town.mailboxes.list_mailboxes()] == ["haha@mail.town.test"]


def test_a_full_mailbox_has_room_after_its_attempts(
    make_town: Callable[..., RunningTown], connect
) -> None:
    running = make_town(full_attempts=2)
    wire = connect(running.port)
    assert [take(wire, "a@full.town.test") for _ in range(3)] == [
        "452 4.2.2",
        "452 4.2.2",
        "250 2.1.5",
    ]
    assert take(wire, "b@full.town.test") == "452 4.2.2"
    running.town.control.forget()
    assert take(wire, "a@full.town.test") == "452 4.2.2"


def test_greylisting_refuses_the_first_try_of_each_pair(wire) -> None:
    assert take(wire, "a@greylist.town.test") == "451 4.7.1"
    assert take(wire, "a@greylist.town.test") == "250 2.1.5"
    assert take(wire, "a@greylist.town.test", sender="other@school.test") == "451 4.7.1"
    assert take(wire, "b@greylist.town.test") == "451 4.7.1"


def test_a_busy_domain_hangs_up(wire) -> None:
    assert take(wire, "a@busy.town.test") == "421 4.3.2"
    assert wire.answer() == ""


def test_a_provider_counts_what_comes_side_by_side_over_all_its_domains(
    make_town: Callable[..., RunningTown], connect, content: Callable[..., bytes]
) -> None:
    """B18."""
    running = make_town(few_at_once=2)
    one, two, three = (connect(running.port) for _ in range(3))
    assert one.begin("a@outlook.town.test").startswith("354 ")
    assert two.begin("b@live.town.test").startswith("354 ")
    assert take(three, "c@hotmail.town.test") == "421 4.7.0"
    other = connect(running.port)
    assert take(other, "d@mail.town.test") == "250 2.1.5"
    one.write(content() + b".\r\n")
    assert one.answer().startswith("250 ")
    assert take(connect(running.port), "c@hotmail.town.test") == "250 2.1.5"


def test_a_dropped_connection_has_stored_the_mail(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    wire.begin("a@drop.town.test")
    wire.write(content() + b".\r\n")
    # How the cut shows itself depends on what still lay in the socket.
    with suppress(ConnectionResetError):
        assert wire.answer() == ""
    assert town.town.mailboxes.count() == 1


def test_nonsense_is_no_answer_of_smtp_and_takes_no_recipient(wire) -> None:
    assert not take(wire, "a@nonsense.town.test")[:3].isdecimal()
    assert wire.say("DATA").startswith("554 5.5.1")


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_a_link_is_refused_in_every_encoding(
    town: RunningTown, wire, content: Callable[..., bytes], encoding: str
) -> None:
    mail = content(text="こちら " + "あ" * 20 + " HTTPS://renraku.test/r/abc", encoding=encoding)
    assert hand_over(wire, "a@nolinks.town.test", mail) == "550 5.7.1"
    without = content(text="マイページでご覧ください。", encoding=encoding)
    assert hand_over(wire, "a@nolinks.town.test", without) == "250 2.0.0"
    assert hand_over(wire, "a@mail.town.test", mail) == "250 2.0.0"
    assert town.town.mailboxes.count() == 2


def test_the_slow_domain_takes_its_time_and_others_do_not_wait(
    make_town: Callable[..., RunningTown], connect, content: Callable[..., bytes]
) -> None:
    running = make_town(pace=0.003, slow_seconds=5.0)
    slow, quick = connect(running.port), connect(running.port)
    slow.begin("a@slow.town.test")
    begun = clock.monotonic()
    slow.write(content() + b".\r\n")
    assert hand_over(quick, "a@mail.town.test", content()) == "250 2.0.0"
    assert running.town.mailboxes.count() == 1
    assert slow.answer().startswith("250 ")
    # A tenth of the demo's pace: a tenth of the five seconds.
    assert clock.monotonic() - begun >= 0.5


def test_the_pace_is_waited_before_the_answer_to_a_content(
    make_town: Callable[..., RunningTown], connect, content: Callable[..., bytes]
) -> None:
    running = make_town(pace=0.0)
    running.town.control.set_pace(0.2)
    wire = connect(running.port)
    begun = clock.monotonic()
    assert hand_over(wire, "a@mail.town.test", content()) == "250 2.0.0"
    assert clock.monotonic() - begun >= 0.2
