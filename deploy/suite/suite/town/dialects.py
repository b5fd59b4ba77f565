"""How domains of the town say that they send a mail back, each in the words of a real program.

The words follow samples of sisimai/set-of-emails and RFC 3464; names and addresses are the town's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Dialect:
    """A program's own way. `note`: what the town's page says of it.

    `report`: (status, server's answer) of RFC 3464, or None where it writes plain text only.
    """

    note: str
    sender: str
    subject: str
    text: str
    report: tuple[str, str] | None = None


_POSTFIX = """This is the mail system at host relay.town.test.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<{address}>: host mx.town.test said: {answer}
"""
_QMAIL = """Hi. This is the qmail-send program at town.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
{answer}
"""
_EZWEB = """<{address}>

Each of the following recipients was rejected by a remote mail server.
"""
_KDDI = """送信先のメールボックスが一杯のため、送信できませんでした。

Your mail sent on: today
     Could not be delivered to: <{address}>
     As their mailbox is full.
"""
_M_FILTER = """このメールは「m-FILTER」が自動的に生成して送信しています。
以下のメールアドレスへの送信に失敗しました。
{address}

-------server message
550 unknown user <{address}>

-------SMTP command
DATA
"""
_EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {address}
    {answer}
"""
_BIGLOBE = """   ----- The following addresses had delivery problems -----
{address}

   ----- Non-delivered information -----
The number of messages in recipient's mailbox exceeded the local limit.
"""
_FAILED = "Undelivered Mail Returned to Sender"
DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "bounce-postfix.town.test": Dialect(
            "宛先なし（Postfix）",
            "MAILER-DAEMON@relay.town.test",
            _FAILED,
            _POSTFIX,
            ("5.1.1", "550 5.1.1 User unknown"),
        ),
        "bounce-full.town.test": Dialect(
            "受信箱がいっぱい（Postfix）",
            "MAILER-DAEMON@relay.town.test",
            _FAILED,
            _POSTFIX,
            ("5.2.2", "552 5.2.2 Mailbox full"),
        ),
        "bounce-links.town.test": Dialect(
            "リンクを拒否（Postfix）",
            "MAILER-DAEMON@relay.town.test",
            _FAILED,
            _POSTFIX,
            ("5.7.1", "550 5.7.1 Messages with URL are refused"),
        ),
        "bounce-docomo.town.test": Dialect(
            "宛先なし（docomoの返事）",
            "MAILER-DAEMON@relay.town.test",
            _FAILED,
            _POSTFIX,
            ("5.0.0", "550 Unknown user"),
        ),
        "bounce-timeout.town.test": Dialect(
            "つながらない（Postfix）",
            "MAILER-DAEMON@relay.town.test",
            _FAILED,
            _POSTFIX,
            ("4.4.1", "connect to mx.town.test: Connection timed out"),
        ),
        "bounce-exchange.town.test": Dialect(
            "宛先なし（Exchange）",
            "postmaster@town.test",
            "Undeliverable: mail",
            "Delivery has failed to these recipients: {address}\n",
            ("5.1.1", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found"),
        ),
        "bounce-qmail.town.test": Dialect(
            "宛先なし（qmail）", "MAILER-DAEMON@town.test", "failure notice", _QMAIL
        ),
        "bounce-exim.town.test": Dialect(
            "宛先なし（Exim）",
            "Mailer-Daemon@town.test",
            "Mail delivery failed: returning message to sender",
            _EXIM,
        ),
        "bounce-ezweb.town.test": Dialect(
            "受信設定で拒否（au）",
            "Postmaster@ezweb.town.test",
            "Mail System Error - Returned Mail",
            _EZWEB,
        ),
        "bounce-kddi.town.test": Dialect(
            "受信箱がいっぱい（au one net）",
            "no-reply@au.town.test",
            "メールエラー通知",
            _KDDI,
        ),
        "bounce-mfilter.town.test": Dialect(
            "宛先なし（m-FILTER）", "postmaster@town.test", "failure notice", _M_FILTER
        ),
        "bounce-biglobe.town.test": Dialect(
            "受信箱がいっぱい（BIGLOBE）",
            "postmaster@town.test",
            "Returned mail: Service unavailable",
            _BIGLOBE,
        ),
    }
)
