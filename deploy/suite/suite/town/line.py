"""LINE's Messaging API, simulated, as strict as the real one.

It has push, multicast, reply, profile, quota, link tokens and bot info.
Source: https://developers.line.biz/en/reference/messaging-api/ and
/en/docs/messaging-api/retrying-api-request. A person whose id begins with one of MOODS makes a
request that names them behave in a certain way, the first time or always.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from common import clock

from .line_rules import Problem, is_user, problems_of_messages, problems_of_users, retry_key_of
from .talks import Channel, Talks

RATE = "The API rate limit has been exceeded. Try again later."
TOO_MANY_AT_ONCE = "The number of concurrent requests has exceeded the limit. Try again later."
MONTHLY = "You have reached your monthly limit."
SLOW_SECONDS = 12.0  # longer than a caller waits
A_PAGE = "<!doctype html><html><body><h1>Service temporarily unavailable</h1></body></html>"


@dataclass(frozen=True)
class Mood:
    """How a request behaves that names a person whose id begins with `prefix`.

    `note` is what the page says about it.
    """

    prefix: str
    note: str


SILENT = Mood("U00000408", "受け取りますが、返事が時間切れになります（最初の1回）")
BROKEN_AFTER = Mood("U00001500", "受け取ったあと、500を返します（最初の1回）")
BROKEN_BEFORE = Mood("U00000500", "受け取らずに、500を返します（最初の1回）")
PAGE = Mood("U00000200", "受け取らずに、200とHTMLのページを返します（最初の1回）")
BUSY = Mood("U00000429", "速すぎるため断ります（429、最初の1回）")
CROWDED = Mood("U00001429", "同時に多すぎるため断ります（429、最初の1回）")
EXHAUSTED = Mood("U00002429", "今月の上限に達したと断ります（429、いつも）")
UNLINKED = Mood("U00000403", "アカウント連携のトークンを出しません（403、いつも）")
MOODS = (SILENT, BROKEN_AFTER, BROKEN_BEFORE, PAGE, BUSY, CROWDED, EXHAUSTED, UNLINKED)


@dataclass(frozen=True)
class Answer:
    """What the API says.

    `body` as text is a page that is not LINE's. `wait`: seconds until it is said.
    """

    status: int
    body: dict[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass(frozen=True)
class Request:
    """What came over HTTP."""

    token: str
    body: bytes = b""
    retry_key: str | None = None


@dataclass
class LineTown:
    """The accounts and talks of the town.

    `slow_seconds`: how long a silent person's request takes.
    """

    path: Path
    slow_seconds: float = SLOW_SECONDS
    talks: Talks = field(init=False)

    def __post_init__(self) -> None:
        self.talks = Talks(self.path)
        self._met: set[tuple[str, str]] = set()
        self._guard = threading.Lock()

    def multicast(self, request: Request) -> Answer:
        """POST /v2/bot/message/multicast: at most 500 people, no word about who got it."""

        def send(channel: Channel, body: dict[str, Any]) -> Answer:
            return self._send(channel, "multicast", body["to"], body["messages"], request)

        return self._answer(request, send, lambda body: problems_of_users(body.get("to")))

    def push(self, request: Request) -> Answer:
        """POST /v2/bot/message/push: one person."""

        def send(channel: Channel, body: dict[str, Any]) -> Answer:
            return self._send(channel, "push", [body["to"]], body["messages"], request)

        return self._answer(request, send, _problems_of_user)

    def reply(self, request: Request) -> Answer:
        """POST /v2/bot/message/reply: free, once for each token, within a minute of the event."""
        if request.retry_key is not None:
            return _said(400, "The retry key is not available for this API.")

        def send(channel: Channel, body: dict[str, Any]) -> Answer:
            user = self.talks.spend_reply_token(channel.name, str(body.get("replyToken")))
            if user is None:
                return _said(400, "Invalid reply token")
            messages = body["messages"]
            taken = self.talks.take(channel.name, "reply", [user], messages)
            return _ok(taken.request_id, _sent(messages))

        return self._answer(request, send, lambda _: [])

    def profile(self, request: Request, user_id: str) -> Answer:
        """GET /v2/bot/profile/{userId}: not of those who blocked the account."""
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        if not is_user(user_id):
            return _said(400, "The value for the 'userId' parameter is invalid")
        if self.talks.is_blocked(channel.name, user_id):
            return _said(404, "Not found")
        request_id = str(uuid4())
        found = {
            "userId": user_id,
            "displayName": f"まちの人 {user_id[-4:]}",
            "language": "ja",
        }
        return _ok(request_id, found)

    def issue_link_token(self, request: Request, user_id: str) -> Answer:
        """POST /v2/bot/user/{userId}/linkToken: for ten minutes, and once."""
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        if not is_user(user_id):
            return _said(400, "The value for the 'userId' parameter is invalid")
        if self.talks.is_blocked(channel.name, user_id):
            return _said(404, "Not found")
        if user_id.startswith(UNLINKED.prefix):
            return _said(403, "Not available because of the plan or authorization")
        token = self.talks.give_link_token(channel.name, user_id)
        return _ok(str(uuid4()), {"linkToken": token})

    def bot_info(self, request: Request) -> Answer:
        """GET /v2/bot/info."""
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        found = {
            "userId": "U" + "0" * 32,
            "basicId": f"@{channel.name}",
            "displayName": channel.name,
            "chatMode": "bot",
            "markAsReadMode": "auto",
        }
        return _ok(str(uuid4()), found)

    def quota(self, request: Request) -> Answer:
        """GET /v2/bot/message/quota."""
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        limit = channel.monthly_limit
        if limit is None:
            return _ok(str(uuid4()), {"type": "none"})
        return _ok(str(uuid4()), {"type": "limited", "value": limit})

    def list_quotas(self) -> list[tuple[Channel, int]]:
        """Return each account with what it has used of its month."""
        return [(channel, self._used(channel)) for channel in self.talks.list_channels()]

    def consumption(self, request: Request) -> Answer:
        """GET /v2/bot/message/quota/consumption."""
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        return _ok(str(uuid4()), {"totalUsage": self._used(channel)})

    def _answer(
        self,
        request: Request,
        send: Callable[[Channel, dict[str, Any]], Answer],
        check: Callable[[dict[str, Any]], list[Problem]],
    ) -> Answer:
        channel = self.talks.find_channel(token=request.token)
        if channel is None:
            return _unauthorized()
        try:
            retry_key_of(request.retry_key)
        except ValueError:
            return _said(400, "Invalid retry key")
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return _said(400, "The request body could not be parsed as JSON")
        problems = [*check(body), *problems_of_messages(body.get("messages"))]
        if problems:
            return _refused(problems)
        return send(channel, body)

    def _send(
        self,
        channel: Channel,
        kind: str,
        users: Sequence[str],
        messages: Sequence[dict[str, Any]],
        request: Request,
    ) -> Answer:
        key = str(retry_key_of(request.retry_key) or "")
        taken_as = self.talks.find_taken(channel.name, key) if key else None
        if taken_as:
            return _conflict(taken_as)
        refusal = self._refusal(channel, users)
        if refusal is not None:
            return refusal
        wait = self.slow_seconds if self._meets(SILENT, users) else 0.0
        is_broken = self._meets(BROKEN_AFTER, users)
        taken = self.talks.take(channel.name, kind, users, messages, key)
        if taken.already:
            return _conflict(taken.request_id)
        if is_broken:
            return _said(500, "The server is busy. Try again later.")
        said = _ok(taken.request_id, _sent(messages) if kind == "push" else {})
        return replace(said, wait=wait)

    def _refusal(self, channel: Channel, users: Sequence[str]) -> Answer | None:
        if self._meets(BROKEN_BEFORE, users):
            return Answer(500, A_PAGE)
        if self._meets(PAGE, users):
            return Answer(200, A_PAGE)
        if self._meets(BUSY, users):
            return _said(429, RATE)
        if self._meets(CROWDED, users):
            return _said(429, TOO_MANY_AT_ONCE)
        limit = channel.monthly_limit
        is_over = limit is not None and self._used(channel) + len(set(users)) > limit
        if is_over or any(user.startswith(EXHAUSTED.prefix) for user in users):
            return _said(429, MONTHLY)
        return None

    def _meets(self, mood: Mood, users: Sequence[str]) -> bool:
        """Return whether a person of this mood is among them who has not shown it yet."""
        moody = [user for user in users if user.startswith(mood.prefix)]
        with self._guard:
            new = [user for user in moody if (mood.prefix, user) not in self._met]
            self._met.update((mood.prefix, user) for user in new)
        return bool(new)

    def _used(self, channel: Channel) -> int:
        return self.talks.count_sent(channel.name, _month_began(clock.now()))


def _problems_of_user(body: dict[str, Any]) -> list[Problem]:
    return [] if is_user(body.get("to")) else [("to", "Invalid user ID")]


def _month_began(now: datetime) -> datetime:
    local = clock.to_jst(now)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _ok(request_id: str, body: dict[str, Any]) -> Answer:
    return Answer(200, body, {"x-line-request-id": request_id})


def _sent(messages: Sequence[Any]) -> dict[str, Any]:
    sent = [{"id": str(uuid4().int % 10**18), "quoteToken": uuid4().hex} for _ in messages]
    return {"sentMessages": sent}


def _said(status: int, message: str) -> Answer:
    return Answer(status, {"message": message}, {"x-line-request-id": str(uuid4())})


def _conflict(accepted: str) -> Answer:
    headers = {"x-line-request-id": str(uuid4()), "x-line-accepted-request-id": accepted}
    return Answer(409, {"message": "The retry key is already accepted"}, headers)


def _unauthorized() -> Answer:
    return _said(
        401,
        "Authentication failed. Confirm that the access token in the authorization header "
        "is valid.",
    )


def _refused(problems: Sequence[Problem]) -> Answer:
    details = [{"message": message, "property": at} for at, message in problems]
    body = {"message": f"The request body has {len(details)} error(s)", "details": details}
    return Answer(400, body, {"x-line-request-id": str(uuid4())})
