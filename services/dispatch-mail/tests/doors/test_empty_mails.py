"""Empty mails of families that register, over real SMTP and LMTP (DIR-8)."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest

from common.db import Database
from common.testing.dispatch import Neighbours
from dispatch_mail.config import Settings
from dispatch_mail.inbound import create_inbound

LOCAL_PART = f"t+{UUID(int=1).hex}{'5' * 16}"
DOMAIN = "renraku.minamo.example"
ADDRESS = f"{LOCAL_PART}@{DOMAIN}"
MOTHER = "m..takahashi@docomo.town.test"
QUOTED = '"m..takahashi"@docomo.town.test'
Write = Callable[..., Awaitable[str]]
OpenDoor = Callable[..., object]


def a_mail(**headers: str) -> bytes:
    """Return an empty mail as a telephone writes it."""
    mail = EmailMessage(policy=policy.compat32)
    for name, value in {"To": ADDRESS, **headers}.items():
        mail[name.replace("_", "-")] = value
    return mail.as_bytes().replace(b"\n", b"\r\n") + b"\r\n"


@pytest.fixture
def open_door(
    settings: Settings, database: Database, neighbours: Neighbours
) -> Callable[..., object]:
    neighbours.empty_mails[LOCAL_PART] = []

    @asynccontextmanager
    async def opened(**changes: int) -> AsyncIterator[Write]:
        role = create_inbound(settings.model_copy(update=changes), database)
        port = await role.listener.start("127.0.0.1", 0)

        def hand_over(sender: str, raw: bytes, recipient: str, kind: type) -> str:
            with kind("127.0.0.1", port, "relay.town.test", timeout=30) as relay:
                relay.ehlo_or_helo_if_needed()
                relay.mail(sender)
                code, text = relay.rcpt(recipient)
                if code == 250:
                    code, text = relay.data(raw)
                return f"{code} {text.decode()}"

        async def write(
            sender: str = QUOTED,
            raw: bytes | None = None,
            recipient: str = ADDRESS,
            kind: type = smtplib.SMTP,
        ) -> str:
            mail = a_mail(From=sender) if raw is None else raw
            return await asyncio.to_thread(hand_over, sender, mail, recipient, kind)

        try:
            yield write
        finally:
            await role.listener.stop()

    return opened


@pytest.fixture
def taken(neighbours: Neighbours) -> Callable[[], list[str]]:
    """Return whom directory was told of, in their order."""
    return lambda: neighbours.empty_mails[LOCAL_PART]


@pytest.mark.parametrize("kind", [smtplib.SMTP, smtplib.LMTP])
async def test_directory_is_told_whom_an_empty_mail_came_from(open_door, taken, kind) -> None:
    async with open_door() as write:
        assert (await write("haha@town.test", kind=kind)).startswith("250")
        upper = ADDRESS.upper()
        assert (await write("chichi@town.test", recipient=upper, kind=kind)).startswith("250")
    assert taken() == ["haha@town.test", "chichi@town.test"]


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        (QUOTED, QUOTED),
        (QUOTED, MOTHER),
        (MOTHER, MOTHER),
        (QUOTED, f"=?iso-2022-jp?B?GyRCSmwbKEI=?= <{MOTHER}>"),
        (QUOTED, f'"takahashi, m" <{QUOTED}>'),
        (QUOTED, MOTHER.upper()),
        (QUOTED, ""),
    ],
)
async def test_old_addresses_of_carriers_are_understood_however_they_are_written(
    open_door, taken, sender: str, said: str
) -> None:
    async with open_door() as write:
        raw = a_mail(From=said) if said else a_mail()
        assert (await write(sender, raw)).startswith("250")
    assert taken() == [MOTHER]


async def test_whose_program_names_another_writer_gets_nothing(open_door, taken) -> None:
    """The family would look for the answer in the other mailbox, which never wrote."""
    others = ["victim@elsewhere.test", f"<victim@elsewhere.test>, {MOTHER}", f"{MOTHER} <v@e.test>"]
    async with open_door() as write:
        for said in others:
            assert (await write(raw=a_mail(From=said, Reply_To=MOTHER))).startswith("250")
    assert taken() == []


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("", {}),
        (QUOTED, {"Auto_Submitted": "auto-replied"}),
        (QUOTED, {"Precedence": "bulk"}),
        (QUOTED, {"List_Id": "<kobetsu.town.test>"}),
        (QUOTED, {"Return_Path": "<>"}),
        (QUOTED, {"Subject": "Automatic reply: hello"}),
        ("mailer-daemon@docomo.town.test", {}),
        ("no-reply@docomo.town.test", {}),
        (f"tsubameno@{DOMAIN}", {}),
        (ADDRESS, {}),
    ],
)
async def test_what_a_program_sent_is_never_answered(
    open_door, taken, sender: str, headers: dict[str, str]
) -> None:
    async with open_door() as write:
        said = sender or MOTHER
        assert (await write(sender, a_mail(From=said, **headers))).startswith("250")
        assert taken() == []
        await write()
    assert taken() == [MOTHER], "who writes by hand is answered"


async def test_a_forged_address_is_refused_before_its_mail_is_read(
    open_door, neighbours, taken
) -> None:
    asked_before = len(neighbours.asked)
    forged = [f"t+{uuid4().hex}{'5' * 16}", LOCAL_PART[:-1], f"{LOCAL_PART}0", "t+", "t+../x"]
    async with open_door() as write:
        for local_part in forged:
            answer = await write(recipient=f"{local_part}@{DOMAIN}")
            assert answer.startswith("550 5.1.1"), local_part
        assert (await write(recipient=f"{LOCAL_PART}@elsewhere.test")).startswith("550 5.1.1")
    asked = [path for _, path, _ in neighbours.asked[asked_before:]]
    assert asked == ["/empty-mails/look-up"], "only what has the form is asked about"
    assert taken() == []


@pytest.mark.parametrize(
    "declined",
    [
        (404, "registration_over"),
        (409, "terms_not_agreed"),
        (422, "mail_already"),
        (429, "confirmations_too_many"),
    ],
)
async def test_what_directory_declines_is_taken_and_comes_never_back(
    open_door, neighbours, taken, declined: tuple[int, str]
) -> None:
    """A bounce would go to whoever's name was forged, and 451 would come again for days."""
    neighbours.declined = declined
    async with open_door() as write:
        assert (await write()).startswith("250")
    assert taken() == []


async def test_while_directory_is_away_the_relay_keeps_the_mail(
    open_door, neighbours, taken
) -> None:
    neighbours.away = {"directory"}
    async with open_door() as write:
        assert (await write()).startswith("451")
        neighbours.away = set()
        assert (await write()).startswith("250")
    assert taken() == [MOTHER]


async def test_a_bomb_of_empty_mails_is_bounded_in_size_and_pace(open_door, taken) -> None:
    too_large = a_mail(From=QUOTED) + (b"y" * 70 + b"\r\n") * 2_000
    async with open_door(inbound_max_bytes=100_000, inbound_mails_a_minute=10) as write:
        assert (await write(raw=too_large)).startswith("552")
        said = [await write() for _ in range(12)]
    assert said[0].startswith("250")
    assert said[-1].startswith("451 4.7.1")
    assert len(taken()) < 12


async def test_subject_and_text_go_nowhere(open_door, neighbours, taken) -> None:
    raw = a_mail(From=QUOTED, Subject="X-Secret") + b"secret words\r\nBcc: victim@e.test\r\n"
    asked_before = len(neighbours.asked)
    async with open_door() as write:
        assert (await write(raw=raw)).startswith("250")
    bodies = [body for _, _, body in neighbours.asked[asked_before:]]
    assert bodies == [{"local_part": LOCAL_PART}, {"local_part": LOCAL_PART, "sender": MOTHER}]
