"""What one would write without Renraku: a Celery task per recipient, which sends one mail and notes it.

Kept fair: the broker, database and sink are the same; each process keeps its SMTP and database connections; the text is encoded
once, and mails are spliced, not built by EmailMessage (1.4 ms each).
"""

from __future__ import annotations

import os
import smtplib
from base64 import encodebytes
from email.header import Header
from functools import cache
from typing import Any

import psycopg2
from celery import Celery

from bench.letters import BODY, MAIL_BYTES, SUBJECT

SENDER = "office@bench.test"

app = Celery("bench", broker=os.environ["BENCH_AMQP_URL"])
app.conf.task_acks_late = True
app.conf.task_ignore_result = True


@cache
def _common() -> str:
    """Return what all mails share: the end of their headers, and the text."""
    text = (BODY * (MAIL_BYTES // len(encodebytes(BODY.encode())))).encode()
    subject = Header(SUBJECT, "utf-8").encode()
    headers = (
        f"Subject: {subject}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    )
    return (headers + encodebytes(text).decode()).replace("\n", "\r\n")


@cache
def _database() -> Any:
    connection = psycopg2.connect(os.environ["BENCH_DATABASE_URL"])
    connection.autocommit = True
    return connection


@cache
def _smtp() -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SINK_PORT"]))


@app.task
def deliver(row_id: int, address: str) -> None:
    """Send one mail and write that it was accepted."""
    mail = f"From: {SENDER}\r\nTo: {address}\r\nMessage-ID: <{row_id}@bench.test>\r\n{_common()}".encode()
    try:
        _smtp().sendmail(SENDER, [address], mail)
    except smtplib.SMTPServerDisconnected:  # smtp-sink ends what was idle for 100 s
        _smtp.cache_clear()
        _smtp().sendmail(SENDER, [address], mail)
    with _database().cursor() as cursor:
        cursor.execute("UPDATE mails SET state = 'accepted', settled_at = clock_timestamp() WHERE id = %s", (row_id,))
