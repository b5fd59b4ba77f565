"""What one would write without Renraku: a Celery task per recipient.

It sends one message and notes it. Kept fair: the broker, database and outside are the same; each
process keeps its connections, to the outside and to the database; the mail's text is encoded once,
and mails are put together from parts, as ours are: built by EmailMessage each would take many times
as long. LINE and FCM are asked by the plain calls of their sdks.
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

from bench.letters import BODY, LINE_TOKEN, MAIL_BYTES, SUBJECT

SENDER = "office@bench.test"
SCHOOL = "つばめ野小"

app = Celery("bench", broker=os.environ["BENCH_AMQP_URL"])
app.conf.task_acks_late = True
app.conf.task_ignore_result = True


@cache
def _common() -> str:
    """Return what all mails share: the end of their headers, and the text."""
    text = (BODY * (MAIL_BYTES // len(encodebytes(BODY.encode())))).encode()
    subject = Header(SUBJECT, "utf-8").encode()
    headers = (
        f"Subject: {subject}\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: base64\n"
        "\n"
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


def _send_mail(row_id: int, address: str) -> None:
    text = f"From: {SENDER}\r\nTo: {address}\r\nMessage-ID: <{row_id}@bench.test>\r\n{_common()}"
    mail = text.encode()
    try:
        _smtp().sendmail(SENDER, [address], mail)
    except smtplib.SMTPServerDisconnected:  # smtp-sink ends what was idle for 100 s
        _smtp.cache_clear()
        _smtp().sendmail(SENDER, [address], mail)


@cache
def _line() -> Any:
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

    host = os.environ["BENCH_OUTSIDE_URL"] + "/line"
    return MessagingApi(ApiClient(Configuration(host=host, access_token=LINE_TOKEN)))


def _send_line(row_id: int, address: str) -> None:
    from linebot.v3.messaging import PushMessageRequest, TextMessage

    text = TextMessage(text=f"{SCHOOL}：{SUBJECT}\n\n{BODY}")
    _line().push_message(PushMessageRequest(to=address, messages=[text]))


@cache
def _fcm() -> Any:
    from pyfcm import FCMNotification

    fcm = FCMNotification(service_account_file=os.environ["BENCH_SERVICE_ACCOUNT"])
    fcm.FCM_END_POINT_BASE = os.environ["BENCH_OUTSIDE_URL"] + "/fcm/v1/projects"
    return fcm


def _send_push(row_id: int, address: str) -> None:
    data = {"link": f"https://renraku.test/r/{row_id}", "message": "1"}
    _fcm().notify(
        fcm_token=address, notification_title=SCHOOL, notification_body=SUBJECT, data_payload=data
    )


_SEND = {"mail": _send_mail, "line": _send_line, "push": _send_push}
_SETTLE = "UPDATE deliveries SET state = 'accepted', settled_at = clock_timestamp() WHERE id = %s"


@app.task
def deliver(channel: str, row_id: int, address: str) -> None:
    """Send one message and write that it was accepted."""
    _SEND[channel](row_id, address)
    with _database().cursor() as cursor:
        cursor.execute(_SETTLE, (row_id,))
