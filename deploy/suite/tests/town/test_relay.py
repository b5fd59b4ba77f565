"""The town's relay speaks SMTP as a strict relay does, to blocking, asynchronous and pipelining
clients (DEL-2).
"""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from town_thread import RunningTown

from suite.town import Town, TownSettings

GROUP = b"MAIL FROM:<bounce@school.test>\r\nRCPT TO:<%s>\r\nDATA\r\n"


def test_smtplib_hands_over_a_mail(town: RunningTown, letter: Callable[..., EmailMessage]) -> None:
    with smtplib.SMTP("127.0.0.1", town.port) as client:
        assert client.send_message(letter(), "bounce+7@school.test", ["haha@mail.town.test"]) == {}
        assert {"pipelining", "8bitmime", "size"} <= set(client.esmtp_features)
    (mail,) = town.town.mailboxes.list_mails("haha@mail.town.test")
    assert (mail.subject, mail.envelope_from) == (
        "つばめ野小：校外学習について",
        "bounce+7@school.test",
    )


async def test_aiosmtplib_hands_over_a_mail_to_two_recipients(
    town: RunningTown, letter: Callable[..., EmailMessage]
) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=town.port) as client:
        await client.send_message(
            letter(), recipients=["haha@mail.town.test", "chichi@gmail.town.test"]
        )
    boxes = town.town.mailboxes.list_mailboxes()
    assert {box.address for box in boxes} == {"haha@mail.town.test", "chichi@gmail.town.test"}


def test_several_mails_in_one_write_are_answered_in_order(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    mails = [content(subject=f"{n}通目") for n in range(5)]
    group = b"".join(GROUP % b"haha@mail.town.test" + mail + b".\r\n" for mail in mails)
    wire.write(b"EHLO school.test\r\n" + group + b"QUIT\r\n")
    assert wire.answer().startswith("250-relay.town.test")
    assert wire.answers(20) == ["250 2.1.0", "250 2.1.5", "354 End w", "250 2.0.0"] * 5
    assert wire.answers(2) == ["221 2.0.0", ""]
    kept = town.town.mailboxes.list_mails("haha@mail.town.test")
    assert [mail.raw for mail in reversed(kept)] == mails


def test_a_mail_written_byte_by_byte_arrives_whole(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    assert wire.begin("haha@mail.town.test").startswith("354 ")
    mail = content()
    for position in range(len(mail)):
        wire.write(mail[position : position + 1])
    wire.write(b".")
    wire.write(b"\r")
    wire.write(b"\nNOOP\r\n")
    assert wire.answers(2) == ["250 2.0.0", "250 2.0.0"]
    assert town.town.mailboxes.list_mails("haha@mail.town.test")[0].raw == mail


def test_stuffed_dots_are_removed(town: RunningTown, wire, content: Callable[..., bytes]) -> None:
    wire.begin("haha@mail.town.test")
    wire.write(content() + b"..one\r\n...two\r\n.\r\n")
    assert wire.answer().startswith("250 ")
    assert town.town.mailboxes.list_latest()[0].raw.endswith(b"\r\n.one\r\n..two\r\n")


@pytest.mark.parametrize(
    ("damage", "answer"),
    [
        (lambda mail: mail + b"bare\nline\r\n", "554 5.6.0 Bare LF"),
        (lambda mail: mail + b"bare\rline\r\n", "554 5.6.0 Bare CR"),
        (lambda mail: mail + b"nul\0\r\n", "554 5.6.0 NUL"),
        (lambda mail: mail + b"x" * 999 + b"\r\n", "554 5.6.0 A line is longer"),
        (
            lambda mail: mail.replace(b"Message-ID:", b"X-Other:"),
            "550 5.6.0 Header section refused: message-id is missing",
        ),
        (
            lambda mail: b"To: haha@mail.town.test\r\n" + mail,
            "550 5.6.0 Header section refused: to stands 2 times",
        ),
        (
            lambda mail: mail.replace(b"Date:", b"Date: yesterday"),
            "550 5.6.0 Header section refused: date can't be read",
        ),
        (
            lambda mail: b"no field\r\n" + mail,
            "550 5.6.0 Header section refused: a line of the header",
        ),
        (
            lambda mail: b"X-A: \xe3\x81\x82\r\n" + mail,
            "550 5.6.0 Header section refused: the header section holds bytes",
        ),
        (lambda mail: b"", "550 5.6.0 Header section refused"),
    ],
)
def test_a_damaged_mail_is_refused_and_the_same_mail_whole_is_taken(
    town: RunningTown,
    wire,
    content: Callable[..., bytes],
    damage: Callable[[bytes], bytes],
    answer: str,
) -> None:
    mail = content()
    wire.begin("haha@mail.town.test")
    wire.write(damage(mail) + b".\r\n")
    assert wire.answer().startswith(answer)
    assert town.town.mailboxes.count() == 0
    wire.begin("haha@mail.town.test")
    wire.write(mail + b".\r\n")
    assert wire.answer().startswith("250 ")


def test_a_line_of_998_octets_is_taken(wire, content: Callable[..., bytes]) -> None:
    wire.begin("haha@mail.town.test")
    wire.write(content() + b"x" * 998 + b"\r\n.\r\n")
    assert wire.answer().startswith("250 ")


@pytest.mark.parametrize(
    "local_part", ["m..takahashi", ".nagisa", "hiro-.", "a b", 'say "x"', "back\\slash"]
)
def test_a_difficult_local_part_is_refused_bare_and_taken_quoted(
    town: RunningTown, wire, content: Callable[..., bytes], local_part: str
) -> None:
    wire.say("EHLO school.test")
    wire.say("MAIL FROM:<bounce@school.test>")
    assert wire.say(f"RCPT TO:<{local_part}@docomo.town.test>")[:3] == "501"
    quoted = local_part.replace("\\", "\\\\").replace('"', '\\"')
    assert wire.say(f'RCPT TO:<"{quoted}"@docomo.town.test>').startswith("250 ")
    wire.say("DATA")
    wire.write(content() + b".\r\n")
    assert wire.answer().startswith("250 ")
    assert town.town.mailboxes.list_latest()[0].recipient == f"{local_part}@docomo.town.test"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("RCPT TO:<a..b@docomo.town.test>", "501 5.1.3"),
        ("RCPT TO:<a@docomo..test>", "501 5.1.3"),
        ("RCPT TO:<a@>", "501 5.1.3"),
        ("RCPT TO:<a@-x.test>", "501 5.1.3"),
        ("RCPT TO:<" + "a" * 65 + "@mail.town.test>", "501 5.1.3"),
        ("RCPT TO: <a@mail.town.test>", "501 5.5.4"),
        ("RCPT TO:a@mail.town.test", "501 5.5.4"),
        ("RCPT TO:<a@mail.town.test> NOTIFY=NEVER", "555 5.5.4"),
        ("MAIL FROM:<a@school.test>", "503 5.5.1"),
        ("DATA now", "501 5.5.4"),
        ("DATA", "503 5.5.1"),
        ("HELLO", "500 5.5.2"),
        ("STARTTLS", "502 5.5.1"),
        ("NOOP\rNOOP", "500 5.5.2"),
        ("VRFY haha", "252 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("HELO school.test", "250 relay"),
    ],
)
def test_a_command_inside_a_transaction_is_answered_strictly(wire, line: str, answer: str) -> None:
    wire.say("EHLO school.test")
    assert wire.say("MAIL FROM:<bounce@school.test> SIZE=4096 BODY=8BITMIME").startswith("250 ")
    assert wire.say(line).startswith(answer)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MAIL FROM:<a..b@school.test>", "501 5.1.7"),
        ("MAIL FROM:<a@school.test> SIZE=99999999", "552 5.3.4"),
        ("MAIL FROM:<a@school.test> SMTPUTF8", "555 5.5.4"),
        ("MAIL FROM:<>", "250 2.1.0"),
        ("RCPT TO:<a@mail.town.test>", "503 5.5.1"),
    ],
)
def test_a_command_outside_a_transaction_is_answered_strictly(wire, line: str, answer: str) -> None:
    wire.say("EHLO school.test")
    assert wire.say(line).startswith(answer)


def test_mail_before_a_greeting_is_refused(wire) -> None:
    assert wire.say("MAIL FROM:<a@school.test>").startswith("503 5.5.1")


def test_a_command_that_ends_with_a_bare_line_feed_is_refused(wire) -> None:
    wire.write(b"NOOP\nNOOP\r\n")
    assert wire.answers(2) == ["500 5.5.2", "250 2.0.0"]


def test_an_endless_command_ends_the_connection(wire) -> None:
    wire.write(b"x" * 1025)
    assert wire.answers(2) == ["500 5.5.2", ""]


def test_twenty_errors_end_the_connection(wire) -> None:
    wire.write(b"HELLO\r\n" * 25)
    assert wire.answers(22) == ["500 5.5.2"] * 20 + ["421 4.7.0", ""]


def test_a_mail_above_the_size_is_refused_and_the_connection_goes_on(
    make_town: Callable[..., RunningTown], connect, content: Callable[..., bytes]
) -> None:
    running = make_town(max_size=10_000)
    wire = connect(running.port)
    wire.begin("haha@mail.town.test")
    wire.write(content() + b"line\r\n" * 20_000 + b".\r\nNOOP\r\n")
    assert wire.answers(2) == ["552 5.3.4", "250 2.0.0"]
    assert running.town.mailboxes.count() == 0


def test_the_101st_recipient_is_refused_and_the_hundred_get_the_mail(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    recipients = b"".join(b"RCPT TO:<r%d@mail.town.test>\r\n" % n for n in range(101))
    wire.write(
        b"EHLO school.test\r\nMAIL FROM:<>\r\n" + recipients + b"DATA\r\n" + content() + b".\r\n"
    )
    wire.answers(2)
    assert wire.answers(103) == ["250 2.1.5"] * 100 + ["452 4.5.3", "354 End w", "250 2.0.0"]
    assert town.town.mailboxes.count_recipients() == 100


def test_the_101st_mail_of_a_connection_gets_421(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    wire.write(b"EHLO school.test\r\n")
    wire.answer()
    for _ in range(100):
        wire.write(GROUP % b"haha@mail.town.test" + content() + b".\r\n")
        assert wire.answers(4)[-1] == "250 2.0.0"
    wire.write(GROUP % b"haha@mail.town.test")
    assert wire.answers(2) == ["421 4.7.0", ""]
    assert town.town.mailboxes.count() == 100


def test_an_idle_connection_gets_421(make_town: Callable[..., RunningTown], connect) -> None:
    wire = connect(make_town(idle_seconds=0.05).port)
    assert wire.answers(2) == ["421 4.4.2", ""]


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_starttls_secures_the_session_and_forgets_what_was_said(
    make_town: Callable[..., RunningTown],
    connect,
    server_tls: ssl.SSLContext,
    certificate: Path,
    content: Callable[..., bytes],
) -> None:
    running = make_town(tls=server_tls)
    wire = connect(running.port)
    assert "STARTTLS" in wire.say("EHLO school.test")
    assert wire.say("STARTTLS").startswith("220 2.0.0")
    wire.secure(ssl.create_default_context(cafile=certificate))
    assert wire.say("MAIL FROM:<>").startswith("503 5.5.1")
    assert "STARTTLS" not in wire.say("EHLO school.test")
    wire.write(
        GROUP % b"haha@mail.town.test"
        + content()
        + b".\r\n"
        + GROUP % b"haha@mail.town.test"
        + content()
        + b".\r\n"
    )
    assert wire.answers(8) == ["250 2.1.0", "250 2.1.5", "354 End w", "250 2.0.0"] * 2


async def test_aiosmtplib_sends_under_starttls(
    make_town: Callable[..., RunningTown],
    server_tls: ssl.SSLContext,
    certificate: Path,
    letter: Callable[..., EmailMessage],
) -> None:
    running = make_town(tls=server_tls)
    trust = ssl.create_default_context(cafile=certificate)
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=running.port, start_tls=True, tls_context=trust
    ) as client:
        await client.send_message(letter(), recipients=["haha@mail.town.test"])
    assert running.town.mailboxes.count() == 1


def test_commands_smuggled_behind_starttls_end_the_connection(
    make_town: Callable[..., RunningTown], connect, server_tls: ssl.SSLContext
) -> None:
    wire = connect(make_town(tls=server_tls).port)
    wire.write(b"EHLO school.test\r\nSTARTTLS\r\nMAIL FROM:<evil@school.test>\r\n")
    wire.answer()
    assert wire.answers(2) == ["554 5.5.1", ""]


def test_a_subject_in_a_broken_charset_is_stored(
    town: RunningTown, wire, content: Callable[..., bytes]
) -> None:
    mail = content(subject="plain").replace(b"Subject: plain", b"Subject: =?utf-7?Q?+2AA-?=")
    wire.begin("haha@mail.town.test")
    wire.write(mail + b".\r\n")
    assert wire.answer().startswith("250 ")
    assert town.town.mailboxes.count() == 1


async def test_twenty_pipelining_connections_lose_nothing(
    town: RunningTown, letter: Callable[..., EmailMessage]
) -> None:
    async def send(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=town.port) as client:
            for n in range(25):
                await client.send_message(
                    letter(subject=f"{n}"), recipients=[f"r{number}@mail.town.test"]
                )

    await asyncio.gather(*(send(number) for number in range(20)))
    assert town.town.mailboxes.count() == 500
    assert town.town.mailboxes.count_by_message_id() == []


async def test_a_town_lives_in_the_event_loop_of_another_program(
    tmp_path: Path,
    server_tls: ssl.SSLContext,
    certificate: Path,
    letter: Callable[..., EmailMessage],
) -> None:
    town = Town(TownSettings(tmp_path / "own.db", tls=server_tls))
    port = await town.start()
    trust = ssl.create_default_context(cafile=certificate)
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=port, start_tls=True, tls_context=trust
    ) as client:
        await client.send_message(letter(), recipients=["haha@mail.town.test"])
    await town.stop()
    assert town.mailboxes.count() == 1


def test_a_port_that_is_taken_is_said_at_the_start(
    town: RunningTown, make_town: Callable[..., RunningTown]
) -> None:
    with pytest.raises(OSError, match="address already in use"):
        make_town(port=town.port)
