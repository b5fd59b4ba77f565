"""A house's word, told from what a proxy, a stranger or a wrong clock says in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from common import errors, keys
from common.web import client
from common.web.client import BAD_ANSWER, NOT_KNOWN_THERE, Misanswered, ServiceClient

FOREIGN = (
    {"html": "<h1>404 page not found</h1>"},
    {"json": {"error": "not found"}},
    {"json": {"message": "forbidden"}},
    {"json": ["error"]},
    {"json": {"error": {"code": 404, "message": "not found"}}},
    {"content": b""},
)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Ask messaging, which answers as given; `user_token`: as a person."""
    answers: list[httpx.Response] = []
    monkeypatch.setitem(
        client.transports, "messaging", httpx.MockTransport(lambda _request: answers[-1])
    )
    keys.initialise(tmp_path, ["gateway"])
    house = ServiceClient("messaging", "http://messaging", keys.Keys(tmp_path, "gateway"))

    def call(status: int, *, user_token: str | None = None, **answer: Any) -> Any:
        answers.append(httpx.Response(status, **answer))
        return house.call("GET", "/messages", school_id=uuid4(), user_token=user_token)

    yield call
    house.close()


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No.", "fields": {}}}


@pytest.mark.parametrize("answer", FOREIGN)
@pytest.mark.parametrize("user_token", [None, "a person's"])
def test_what_is_not_in_our_shape_is_no_houses_word_whatever_its_status(
    ask: Callable[..., Any], answer: dict[str, Any], user_token: str | None
) -> None:
    for status in range(300, 600):
        with pytest.raises(errors.Unavailable) as refused:
            ask(status, user_token=user_token, **answer)
        assert refused.value.code == BAD_ANSWER


def test_a_page_that_its_server_calls_a_success_is_no_answer(ask: Callable[..., Any]) -> None:
    with pytest.raises(Misanswered) as refused:
        ask(200, html="<h1>Welcome to nginx!</h1>")
    assert refused.value.code == BAD_ANSWER


def test_a_refusal_that_a_house_passes_on_is_not_counted_against_it(
    ask: Callable[..., Any],
) -> None:
    with pytest.raises(errors.Unavailable) as refused:
        ask(503, json=error(NOT_KNOWN_THERE))
    assert not isinstance(refused.value, Misanswered)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_request"), (405, "method_not_allowed"), (413, "too_large")]
)
def test_a_houses_own_refusal_without_a_kind_is_no_reason_to_wait(
    ask: Callable[..., Any], status: int, code: str
) -> None:
    with pytest.raises(errors.ServiceError) as refused:
        ask(status, json=error(code))
    assert type(refused.value) is errors.ServiceError


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthenticated"), (401, "bad_token"), (403, "not_allowed"), (403, "no_school")],
)
def test_a_house_that_is_not_known_there_waits_and_a_person_is_told(
    ask: Callable[..., Any], status: int, code: str
) -> None:
    """A clock that is a minute off, or a key that did not come along.

    Deliveries ended as unknown, nothing was handed over.
    """
    with pytest.raises(errors.Unavailable) as refused:
        ask(status, json=error(code))
    assert refused.value.code == NOT_KNOWN_THERE
    with pytest.raises(errors.KINDS[status]):
        ask(status, json=error(code), user_token="a person's")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "sign_in_refused"),
        (404, "link_unknown"),
        (409, "link_expired"),
        (422, "invalid"),
        (429, "locked"),
    ],
)
def test_a_houses_own_word_is_taken(ask: Callable[..., Any], status: int, code: str) -> None:
    with pytest.raises(errors.KINDS[status]) as refused:
        ask(status, json=error(code))
    assert refused.value.code == code
