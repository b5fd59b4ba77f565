"""What arrived in the town stays: through groups of writers, and through a kill -9 of its process
(DEL-2).
"""

import json
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from suite.town.mailboxes import Duplicate, Mailboxes, NewMail


@pytest.fixture
def mailboxes(tmp_path: Path) -> Iterator[Mailboxes]:
    with closing(Mailboxes(tmp_path / "town.db")) as boxes:
        yield boxes


def mail_to(
    recipient: str, message_id: str = "<1@school.test>", subject: str = "お知らせ"
) -> NewMail:
    return NewMail("bounce@school.test", recipient, message_id, subject, b"Subject: x\r\n\r\n")


def test_mailboxes_are_listed_with_the_newest_first(mailboxes: Mailboxes) -> None:
    mailboxes.store([mail_to("a@mail.town.test"), mail_to("b@docomo.town.test")])
    mailboxes.store([mail_to("a@mail.town.test", "<2@school.test>", "臨時休業")])
    listed = [(box.address, box.mails, box.last_subject) for box in mailboxes.list_mailboxes()]
    assert listed == [("a@mail.town.test", 2, "臨時休業"), ("b@docomo.town.test", 1, "お知らせ")]
    assert [box.address for box in mailboxes.list_mailboxes("docomo")] == ["b@docomo.town.test"]
    assert len(mailboxes.list_mailboxes(limit=1)) == 1


def test_a_search_takes_wildcards_as_letters(mailboxes: Mailboxes) -> None:
    mailboxes.store([mail_to("a_b@mail.town.test"), mail_to("axb@mail.town.test")])
    assert [box.address for box in mailboxes.list_mailboxes("a_b")] == ["a_b@mail.town.test"]
    assert mailboxes.list_mailboxes("%") == []


def test_duplicates_are_a_recipient_and_message_id_seen_again(mailboxes: Mailboxes) -> None:
    mailboxes.store(
        [mail_to("a@mail.town.test"), mail_to("b@mail.town.test"), mail_to("a@mail.town.test")]
    )
    assert mailboxes.count_by_message_id() == [Duplicate("a@mail.town.test", "<1@school.test>", 2)]


def test_one_mail_is_found_again_and_a_missing_one_is_none(mailboxes: Mailboxes) -> None:
    mailboxes.store([mail_to("a@mail.town.test")])
    (mail,) = mailboxes.list_mails("a@mail.town.test")
    assert mailboxes.find_mail(mail.id) == mail
    assert mail.received_at.utcoffset() is not None
    assert mailboxes.find_mail(mail.id + 1) is None


def test_clearing_empties_every_mailbox(mailboxes: Mailboxes) -> None:
    mailboxes.store([mail_to("a@mail.town.test")])
    mailboxes.clear()
    assert (mailboxes.count(), mailboxes.list_mailboxes()) == (0, [])


def test_many_threads_store_and_nothing_is_lost(mailboxes: Mailboxes) -> None:
    with ThreadPoolExecutor(8) as threads:
        stored = list(
            threads.map(lambda n: mailboxes.store([mail_to(f"r{n}@mail.town.test")]), range(400))
        )
    assert sum(stored) == mailboxes.count() == mailboxes.count_recipients() == 400


def test_closed_mailboxes_have_written_all_and_take_nothing_more(tmp_path: Path) -> None:
    boxes = Mailboxes(tmp_path / "town.db")
    waiting = [boxes.submit([mail_to(f"r{n}@mail.town.test")]) for n in range(1200)]
    boxes.close()
    assert all(future.result() == 1 for future in waiting)
    assert boxes.count() == 1200
    with pytest.raises(RuntimeError):
        boxes.store([mail_to("a@mail.town.test")])


def test_a_mail_that_cannot_be_written_is_an_error_and_the_next_is_stored(
    mailboxes: Mailboxes,
) -> None:
    with pytest.raises(UnicodeEncodeError):
        mailboxes.store([mail_to("a@mail.town.test", subject="\udcff")])
    assert mailboxes.store([mail_to("a@mail.town.test")]) == 1
    assert mailboxes.count() == 1


@pytest.fixture
def start_process(
    tmp_path: Path,
) -> Iterator[Callable[[], tuple["subprocess.Popen[str]", dict[str, Any]]]]:
    """Yield a function that runs the town as its own process and returns it with the ports that it
    named.
    """
    processes: list[subprocess.Popen[str]] = []

    def start() -> tuple["subprocess.Popen[str]", dict[str, Any]]:
        command = [
            sys.executable,
            "-m",
            "suite.town.main",
            "--data",
            str(tmp_path / "town.db"),
            "--pace",
            "0",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_answered_mails_survive_a_kill_and_the_town_starts_again_with_them(
    start_process, tmp_path: Path, letter: Callable[..., EmailMessage]
) -> None:
    process, ports = start_process()
    with smtplib.SMTP("127.0.0.1", ports["smtp_port"]) as client:
        for n in range(20):
            client.send_message(letter(), "bounce@school.test", [f"r{n}@mail.town.test"])
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        client.close()
    with closing(Mailboxes(tmp_path / "town.db")) as boxes:
        assert boxes.count() == 20
    _, ports = start_process()
    with urlopen(f"http://127.0.0.1:{ports['http_port']}/town/counts.json", timeout=10) as answer:
        assert json.load(answer) == {"mails": 20, "mailboxes": 20, "duplicates": []}


def test_sigterm_ends_the_process_within_a_second_though_clients_are_connected(
    start_process,
) -> None:
    process, ports = start_process()
    with socket.create_connection(("127.0.0.1", ports["smtp_port"]), timeout=10) as idle:
        assert idle.recv(4) == b"220 "
        process.terminate()
        assert process.wait(1) == 0
