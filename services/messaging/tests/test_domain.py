"""What is true without a database: blanks (MSG-23), subjects, links, states."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messaging_house import MakeAudience, MakePupils, make_token

from common import clock
from common.crypto import make_link
from messaging.domain import links, states, texts
from messaging.domain.audience import EVENT_HEADS, Snapshot, in_events, same_audience
from messaging.domain.links import Reader
from messaging.domain.people import Actor

SECRET = b"s" * 32


def find_problem(
    subject: str, body: str, *, short: str = "", blanks: Any = (), kept: Any = ()
) -> texts.Problem | None:
    known = texts.Brackets([texts.OpenBlank(blank) for blank in blanks], kept)
    return texts.find_problem(texts.Texts(subject, body, short), known)


@pytest.mark.parametrize(
    ("text", "blanks"),
    [
        ("", 0),
        ("本日は臨時休業です。", 0),
        ("〔　〕", 1),
        ("〔〕と〔午前6時〕現在", 2),
        ("閉じ忘れ〔午前6時", 1),
        ("残り〕", 1),
        ("［これは問い］【緊急】", 0),
    ],
)
def test_a_blank_is_a_pair_of_brackets_or_what_is_left_of_one(text: str, blanks: int) -> None:
    assert len(texts.find_brackets([text])) == blanks


@pytest.mark.parametrize(
    "character", ["\r", "\n", "\x00", "\x0b", "\x1b", "\x85", "\u2028", "\u2029"]
)
def test_a_subject_with_a_line_break_or_control_character_is_refused(character: str) -> None:
    problem = find_problem(f"件名{character}Bcc: a@b.example", "本文")
    assert problem == texts.Problem("subject_invalid", "subject", "line_break")


@pytest.mark.parametrize(
    ("subject", "body", "code", "detail"),
    [
        ("　 ", "本文", "subject_invalid", "empty"),
        ("件" * 101, "本文", "subject_invalid", "too_long"),
        ("件名", " \n", "body_empty", "empty"),
        ("〔行事〕のお知らせ", "〔日付〕に行います。", "blanks_left", 2),
    ],
)
def test_what_must_not_be_sent_is_named(
    subject: str, body: str, code: str, detail: str | int
) -> None:
    problem = find_problem(subject, body, blanks=("〔行事〕", "〔日付〕"))
    assert problem is not None
    assert (problem.code, problem.detail) == (code, detail)


def test_an_ordinary_message_may_be_sent() -> None:
    assert find_problem("件" * 100, "本文\r\n二行目") is None


def test_brackets_of_ones_own_are_asked_about_and_kept_ones_are_not() -> None:
    """B33: 〔参考〕 is no blank of a template; only its author can tell."""
    problem = find_problem("日程", "〔参考〕 令和8年度")
    assert problem == texts.Problem("brackets_unsure", "brackets", "〔参考〕")
    assert find_problem("日程", "〔参考〕 令和8年度", kept=("〔参考〕",)) is None


def test_a_bracket_over_two_lines_is_two_that_can_be_kept() -> None:
    body = "〔持ち物：\n・水筒〕"
    problem = find_problem("日程", body)
    assert problem == texts.Problem("brackets_unsure", "brackets", "〔 〕")
    assert find_problem("日程", body, kept=("〔", "〕")) is None


def test_a_blank_of_the_short_text_stops_as_one_of_the_body_does() -> None:
    problem = find_problem("件名", "本文", short="〔3年1組〕は学級閉鎖です", blanks=("〔3年1組〕",))
    assert problem == texts.Problem("blanks_left", "blanks", 1)


def test_a_filled_blank_stands_in_all_three_texts() -> None:
    typed = texts.Texts("〔3年1組〕学級閉鎖", "〔3年1組〕では、〔　〕", "〔3年1組〕は閉鎖")
    filled = typed.filled([texts.OpenBlank("〔3年1組〕", "5年2組"), texts.OpenBlank("〔　〕", "")])
    assert tuple(filled) == ("5年2組学級閉鎖", "5年2組では、〔　〕", "5年2組は閉鎖")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        (0, "件" * 101, "subject_invalid"),
        (1, "本" * 10_001, "body_too_long"),
        (2, "短" * 201, "short_text_too_long"),
    ],
)
def test_a_text_that_its_blanks_made_too_long_is_not_sent(field: int, text: str, code: str) -> None:
    typed = ["件名", "本文", "短い文"]
    typed[field] = text
    problem = texts.find_problem(texts.Texts(*typed), texts.Brackets())
    assert problem is not None
    assert problem.code == code


@given(st.text())
def test_what_is_storable_can_be_written_to_both_databases(text: str) -> None:
    if texts.is_storable(text):
        assert "\x00" not in text
        assert text.encode().decode() == text


def test_a_link_opens_its_own_message_for_its_own_reader_only() -> None:
    reader = Reader(uuid4(), uuid4())
    token = make_token(SECRET, reader.message_id, reader.reader_id)
    assert links.read_token(SECRET, token) == reader
    assert links.read_token(b"t" * 32, token) is None


def test_the_key_of_one_message_signs_nothing_for_another() -> None:
    key_of_one, other = links.link_key(SECRET, uuid4()), uuid4()
    assert links.read_token(SECRET, make_link(key_of_one, links.PURPOSE, other, uuid4())) is None


def test_a_token_for_another_purpose_does_not_read() -> None:
    message_id = uuid4()
    assert (
        links.read_token(
            SECRET, make_link(links.link_key(SECRET, message_id), "u", message_id, uuid4())
        )
        is None
    )


@given(st.text(max_size=80))
def test_no_text_that_we_did_not_sign_is_a_link(token: str) -> None:
    assert links.read_token(SECRET, token) is None


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_link_with_one_changed_character_is_no_link(position: int, change: int) -> None:
    token = make_token(SECRET, UUID(int=1), UUID(int=2))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[(alphabet.index(token[position]) + change % 63 + 1) % 64]
    if other != token[position]:
        assert links.read_token(SECRET, token[:position] + other + token[position + 1 :]) is None


def test_every_state_has_its_transitions_and_every_answer_its_rank_and_verdict() -> None:
    assert set(states.TRANSITIONS) == set(states.MessageState)
    assert set(states.OUTCOME_RANK) == set(states.VERDICT) == set(states.OutcomeState)
    assert set(states.VERDICT_RANK) == set(states.OutcomeState)
    assert len(set(states.OUTCOME_RANK.values())) == len(states.OutcomeState)


def test_a_message_that_has_ended_never_changes_again() -> None:
    assert not states.TRANSITIONS[states.MessageState.COMPLETE]
    assert not states.TRANSITIONS[states.MessageState.STOPPED]


def test_audiences_are_the_same_in_any_order() -> None:
    assert same_audience({"group_ids": ["a", "b"]}, {"group_ids": ["b", "a"], "member_ids": []})
    assert not same_audience(
        {"group_ids": ["a"]}, {"group_ids": ["a"], "excluded_member_ids": ["x"]}
    )


def test_who_is_limited_to_own_classes_sends_to_these_or_to_what_directory_allowed_them(
    make_audience: MakeAudience,
) -> None:
    own, other = uuid4(), uuid4()
    actor = Actor(uuid4(), uuid4(), None, frozenset({own}), may_send_urgent=False)

    def may_address(made_by: UUID | None, **chosen: list[UUID]) -> bool:
        return actor.may_address(
            Snapshot(uuid4(), "", 1, clock.now(), made_by, make_audience(**chosen))
        )

    assert may_address(None, group_ids=[own])
    assert may_address(actor.account_id, group_ids=[other], member_ids=[uuid4()])
    assert not may_address(uuid4(), group_ids=[own, other])
    assert not may_address(uuid4(), group_ids=[own], member_ids=[uuid4()])
    assert not may_address(uuid4())


@pytest.mark.parametrize("count", [0, 1, 500, 501, 960, 1203])
def test_no_event_carries_more_than_it_may_and_none_parts_siblings(
    make_pupils: MakePupils, count: int
) -> None:
    members = make_pupils(count)
    parts = list(in_events(members))
    assert [member for part in parts for member in part] == members
    assert all(0 < len(part) <= EVENT_HEADS for part in parts)
    assert len(parts) <= -(-count // (EVENT_HEADS - 2)) if count else parts == []
    households = [{member.household for member in part} for part in parts]
    assert sum(map(len, households)) == len(set().union(*households))


def test_a_household_that_no_event_could_carry_is_parted(make_pupils: MakePupils) -> None:
    members = [member._replace(household=7) for member in make_pupils(1_100)]
    assert [len(part) for part in in_events(members)] == [500, 500, 100]
