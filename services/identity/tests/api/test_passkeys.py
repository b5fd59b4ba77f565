"""Passkeys as a second factor: registered, used, and everything that is none (ID-6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from authenticators import Colleague, SoftPasskey, decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.domain.passkeys import (
    NewPasskey,
    PasskeyRefused,
    RelyingParty,
    find_sign_count,
    make_challenge,
    read_passkey,
    request_options,
)

HOST, ORIGIN = "renraku.minamo.example", "https://renraku.minamo.example"
PARTY = RelyingParty(HOST, ORIGIN)
MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)


def make_passkey(**given: Any) -> SoftPasskey:
    return SoftPasskey(**{"host": HOST, "origin": ORIGIN, **given})


@pytest.fixture
def travel() -> Iterator[Any]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def colleague(travel: Any, door: Any, school: Any, add_account: Callable[..., Any]) -> Colleague:
    """Return somebody who is signed in and has just typed the password again."""
    person = Colleague(door, add_account(school)["mail"])
    person.sign_in()
    assert person.confirm().status_code == 204
    return person


@pytest.fixture
def enrolled(colleague: Colleague) -> tuple[Colleague, SoftPasskey]:
    """Return somebody with a passkey, in a new session that has not proved it."""
    passkey = make_passkey()
    assert len(colleague.enrol_passkey(passkey).json["recovery_codes"]) == 10
    assert colleague.step() is None
    colleague.sign_in()
    assert colleague.step() == "factor"
    return colleague, passkey


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_a_passkey_opens_the_first_page_beside_the_password(enrolled) -> None:
    person, passkey = enrolled
    assert person.ask("POST", "/sessions/factor/kinds").json == {"kinds": ["passkey"]}
    options = person.challenge()
    assert (options["rpId"], options["userVerification"]) == (HOST, "preferred")
    assert [each["id"] for each in options["allowCredentials"]] == [encode(passkey.credential_id)]
    assert person.prove_by(passkey.sign(options)).status_code == 204
    assert person.step() is None
    (kept,) = person.factors()["items"]
    assert (kept["kind"], kept["name"], kept["used_at"] is None) == ("passkey", "職員室のPC", False)


def test_what_was_signed_is_good_for_once(enrolled) -> None:
    person, passkey = enrolled
    options = person.challenge()
    assert person.prove_by("{}").status_code == 403
    assert error_of(person.prove_by(passkey.sign(options))) == (403, "factor_wrong")
    credential = passkey.sign(person.challenge())
    assert person.prove_by(credential).status_code == 204
    person.sign_in()
    person.challenge()
    assert error_of(person.prove_by(credential)) == (403, "factor_wrong")
    assert person.step() == "factor"


def test_what_was_asked_long_ago_is_not_taken(enrolled, travel) -> None:
    person, passkey = enrolled
    credential = passkey.sign(person.challenge())
    travel.shift(timedelta(minutes=6))
    assert error_of(person.prove_by(credential)) == (403, "factor_wrong")
    assert person.prove_by(passkey.sign(person.challenge())).status_code == 204


@pytest.mark.parametrize(
    "stranger",
    [
        {"origin": "https://renraku.minamo.example.evil.example"},
        {"origin": "http://renraku.minamo.example"},
        {"host": "evil.example"},
    ],
    ids=["a page that looks alike", "a page without encryption", "another site"],
)
def test_a_signature_for_another_page_opens_nothing(enrolled, stranger: dict[str, str]) -> None:
    person, passkey = enrolled
    own = {"credential_id": passkey.credential_id, "key": passkey.key, "counter": passkey.counter}
    copied = make_passkey(**own, **stranger)
    assert error_of(person.prove_by(copied.sign(person.challenge()))) == (403, "factor_wrong")
    assert person.step() == "factor"


def test_somebody_elses_passkey_opens_nothing(enrolled, door, school, add_account) -> None:
    person, passkey = enrolled
    other = Colleague(door, add_account(school)["mail"])
    other.sign_in()
    other.confirm()
    theirs = make_passkey()
    other.enrol_passkey(theirs)
    assert error_of(person.prove_by(theirs.sign(person.challenge()))) == (403, "factor_wrong")
    forged = make_passkey(credential_id=passkey.credential_id)
    assert error_of(person.prove_by(forged.sign(person.challenge()))) == (403, "factor_wrong")
    taken = other.enrol_passkey(make_passkey(credential_id=passkey.credential_id))
    assert error_of(taken) == (422, "passkey_refused")


def test_a_copy_that_counts_backwards_signs_no_more(enrolled) -> None:
    person, passkey = enrolled
    passkey.counter = 7
    assert person.prove_by(passkey.sign(person.challenge())).status_code == 204
    person.sign_in()
    passkey.counter = 7
    assert error_of(person.prove_by(passkey.sign(person.challenge()))) == (403, "factor_wrong")
    passkey.counter = 8
    assert person.prove_by(passkey.sign(person.challenge())).status_code == 204


def test_a_passkey_is_registered_by_an_answer_to_our_question_alone(colleague) -> None:
    early = colleague.ask("POST", "/own/factors/passkeys", name="PC", credential="{}")
    assert error_of(early) == (409, "offer_gone")
    evil = make_passkey(origin="https://evil.example")
    assert error_of(colleague.enrol_passkey(evil)) == (422, "passkey_refused")
    again = colleague.ask("POST", "/own/factors/passkeys", name="PC", credential="{}")
    assert error_of(again) == (409, "offer_gone"), "the question was used up"
    assert colleague.factors()["items"] == []


def test_several_passkeys_have_names_and_are_not_registered_twice(colleague, travel) -> None:
    first, second = make_passkey(), make_passkey()
    colleague.enrol_passkey(first, "職員室のPC")
    travel.shift(timedelta(seconds=1))
    answer = colleague.enrol_passkey(second, "自分のiPhone")
    assert answer.json == {"recovery_codes": []}
    assert [each["name"] for each in colleague.factors()["items"]] == ["職員室のPC", "自分のiPhone"]
    options = colleague.ask("POST", "/own/factors/passkey-offers").json["options"]
    assert {each["id"] for each in options["excludeCredentials"]} == {
        encode(first.credential_id),
        encode(second.credential_id),
    }
    assert options["rp"]["id"] == HOST
    assert options["user"]["name"] == colleague.mail
    colleague.sign_in()
    assert colleague.prove_by(second.sign(colleague.challenge())).status_code == 204


def test_a_question_of_the_sign_in_registers_nothing(enrolled) -> None:
    """Who only knows the password could make a passkey of their own out of it."""
    person, passkey = enrolled
    options = person.challenge()
    credential = make_passkey().make(options)
    assert error_of(person.prove_by(credential)) == (403, "factor_wrong")
    options = person.challenge()
    person.prove_by(passkey.sign(person.challenge()))
    credential = make_passkey().make(options)
    late = person.ask("POST", "/own/factors/passkeys", name="PC", credential=credential)
    assert error_of(late) == (409, "offer_gone")


@pytest.mark.parametrize(
    ("base_url", "host", "origin"),
    [
        ("https://renraku.example", "renraku.example", "https://renraku.example"),
        ("https://Renraku.Example:443/", "renraku.example", "https://renraku.example"),
        ("https://renraku.example:8443/x", "renraku.example", "https://renraku.example:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_the_origin_is_spelt_as_browsers_spell_it(base_url: str, host: str, origin: str) -> None:
    assert RelyingParty.of(base_url) == RelyingParty(host, origin)


parts = ("clientDataJSON", "authenticatorData", "signature", "attestationObject")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(parts), st.binary(min_size=1, max_size=200), st.integers(0, 400))
def test_damaged_answers_are_refused_and_raise_nothing_else(
    part: str, content: bytes, place: int
) -> None:
    passkey, challenge = make_passkey(), make_challenge()
    options = request_options(PARTY, challenge, [])
    made = read_passkey(PARTY, challenge, passkey.make(options))
    with suppress(PasskeyRefused):
        # Nobody vouches for a new key: damaged, it may be another one, which signs nothing of ours.
        read_passkey(PARTY, challenge, damage(passkey.make(options), part, content, place))
    damaged = damage(passkey.sign(options), part, content, place)
    if part != "attestationObject":
        assert find_sign_count(PARTY, challenge, damaged, made) is None


def damage(credential: str, part: str, content: bytes, place: int) -> str:
    """Put other bytes into a part of an answer, if it has such a part."""
    told = json.loads(credential)
    if part in told["response"]:
        before = decode(told["response"][part])
        told["response"][part] = encode(before[:place] + content + before[place:])
    return json.dumps(told)


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "null", "1", '{"id": 1}', '{"id": "é"}', "\x00", "{" * 5000]
)
def test_what_is_no_answer_at_all_is_refused(enrolled, credential: str) -> None:
    person, _ = enrolled
    person.challenge()
    assert error_of(person.prove_by(credential)) == (403, "factor_wrong")
    kept = NewPasskey(b"id", b"key", 0)
    assert find_sign_count(PARTY, b"challenge", credential, kept) is None
    with pytest.raises(PasskeyRefused):
        read_passkey(PARTY, b"challenge", credential)
