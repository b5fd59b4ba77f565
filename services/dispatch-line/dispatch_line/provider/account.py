"""One account's Messaging API over line-bot-sdk, with a time-out, and every answer as a value.

The sdk is 300 modules: `provider.load_sdk` loads them, and nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import aiohttp
import structlog
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    FlexMessage,
    MulticastRequest,
    ReplyMessageRequest,
)
from linebot.v3.messaging.exceptions import ApiException, OpenApiException

from common import clock
from common.delivery.outcomes import Deferred, Reason, Unknown
from dispatch_line.domain.content import TalkReply
from dispatch_line.provider.access import LineAccess
from dispatch_line.provider.answers import PAUSE_DOWN, Answer, answer_to_refusal, answer_to_success
from dispatch_line.provider.messages import reply_message

log = structlog.get_logger(__name__)
CONNECTIONS = 50


class LineProvider:
    """One account, used within one event loop."""

    def __init__(self, line: LineAccess, access_token: str) -> None:
        self._timeout = line.timeout
        self._client = AsyncApiClient(_configuration(line, access_token))
        self._api = AsyncMessagingApi(self._client)

    async def multicast(
        self, user_ids: Sequence[str], message: FlexMessage, retry_key: UUID
    ) -> Answer:
        """Hand one message over to at most 500 users; the same key again is the same request.

        Never raises for what LINE does.
        """
        request = MulticastRequest(to=list(user_ids), messages=[message])
        now = clock.now()
        try:
            got = await self._api.multicast_with_http_info(
                request,
                x_line_retry_key=str(retry_key),
                _request_timeout=self._timeout,
            )
        except ApiException as error:
            status = int(error.status or 0)
            return answer_to_refusal(
                status,
                _lower(error.headers),
                _text(error.body),
                now,
            )
        except aiohttp.ClientConnectorError as error:
            return Deferred(Reason.RELAY_DOWN, 0, type(error).__name__, now + PAUSE_DOWN)
        except (TimeoutError, aiohttp.ClientError, OpenApiException, ValueError) as error:
            return Unknown(type(error).__name__)
        return answer_to_success(got.status_code, _lower(got.headers), _text(got.raw_data))

    async def issue_link_token(self, user_id: str) -> str | None:
        """Return LINE's token by which this user links an account, once within ten minutes.

        None where LINE gives none now.
        """
        try:
            got = await self._api.issue_link_token(user_id, _request_timeout=self._timeout)
        except (TimeoutError, aiohttp.ClientError, OpenApiException, ValueError) as error:
            log.warning("line.no_link_token", why=type(error).__name__)
            return None
        token: str = got.link_token
        return token

    async def reply(self, reply_token: str, reply: TalkReply) -> bool:
        """Answer in the talk, free of charge; False when LINE did not take it.

        A token works once and for a minute.
        """
        request = ReplyMessageRequest(
            replyToken=reply_token,
            messages=[reply_message(reply)],
        )
        try:
            await self._api.reply_message_with_http_info(request, _request_timeout=self._timeout)
        except ApiException as error:
            log.warning("line.reply_refused", status=error.status)
            return False
        except (TimeoutError, aiohttp.ClientError, OpenApiException, ValueError) as error:
            log.warning("line.reply_lost", why=type(error).__name__)
            return False
        return True

    async def close(self) -> None:
        await self._client.close()


def _configuration(line: LineAccess, access_token: str) -> Configuration:
    configuration = Configuration(host=line.url.rstrip("/"), access_token=access_token)
    configuration.connection_pool_maxsize = CONNECTIONS
    return configuration


def _lower(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in (headers or {}).items()}


def _text(body: bytes | str | None) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
