"""Rights, passwords, tries and names, without a database (ID-1, ID-2, ID-3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.passwords import check_password, hash_password, make_password, password_matches
from common.rights import Right
from identity.domain.logins import LoginKey
from identity.domain.rights import (
    LastAdministrator,
    Switches,
    Term,
    check_administrator_stays,
    check_switches,
    rights_of,
    switched,
    usual_scope,
)
from identity.domain.schools import CODE, count_characters, make_code
from identity.domain.words import Role, StaffScope

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TODAY, APRIL = date(2026, 11, 2), date(2027, 4, 1)
RESERVED = {Right.LOG_SEE, Right.ACCOUNTS_MANAGE, Right.SETTINGS_EDIT}
some_functions = st.frozensets(st.sampled_from(Right))


def default(role: Role) -> frozenset[Right]:
    return rights_of(role, StaffScope.SCHOOL, functions_off=(), functions_on=()).functions


def test_the_default_rights_are_those_of_the_table() -> None:
    assert default(Role.ADMINISTRATOR) == set(Right)
    off = {
        Right.MESSAGES_SEND_URGENT,
        Right.ROSTER_CHANGE,
        Right.PROTECTED_SEE,
        Right.LOG_SEE,
        Right.ACCOUNTS_MANAGE,
        Right.SETTINGS_EDIT,
    }
    assert default(Role.LIMITED_ADMINISTRATOR) == set(Right) - off
    sender = rights_of(Role.SENDER, usual_scope(Role.SENDER), functions_off=(), functions_on=())
    assert sender.functions == sender.own_only
    assert sender.own_only == {
        Right.MESSAGES_READ,
        Right.MESSAGES_SEND,
        Right.ROSTER_SEE,
        Right.PHONES_SEE,
        Right.SHEETS_PRINT,
    }


def test_a_right_that_is_no_more_counts_for_nothing_in_a_row_that_names_it() -> None:
    """A row of an older version switched 「承認」, which nobody ever asked for."""
    rights = rights_of(
        Role.LIMITED_ADMINISTRATOR,
        StaffScope.SCHOOL,
        functions_off=["messages.approve", "phones.see"],
        functions_on=["messages.personal", "roster.change"],
    )
    expected = default(Role.LIMITED_ADMINISTRATOR) - {Right.PHONES_SEE} | {Right.ROSTER_CHANGE}
    assert rights.functions == expected
    with pytest.raises(Invalid):
        check_switches(Role.SENDER, functions_off=["messages.approve"], functions_on=())


@given(some_functions, some_functions)
def test_an_administrator_has_everything_whatever_is_switched(
    off: frozenset[Right], on: frozenset[Right]
) -> None:
    rights = rights_of(Role.ADMINISTRATOR, StaffScope.SCHOOL, functions_off=off, functions_on=on)
    assert (rights.functions, rights.own_only) == (set(Right), frozenset())


@given(
    st.sampled_from([Role.LIMITED_ADMINISTRATOR, Role.SENDER]),
    st.sampled_from(StaffScope),
    some_functions,
    some_functions,
)
def test_no_switch_gives_a_reserved_function_and_off_is_off(
    role: Role, scope: StaffScope, off: frozenset[Right], on: frozenset[Right]
) -> None:
    rights = rights_of(role, scope, functions_off=off, functions_on=on)
    assert not rights.functions & (RESERVED | off)
    reads = Right.MESSAGES_READ not in off
    sending = set() if reads else {Right.MESSAGES_SEND, Right.MESSAGES_SEND_URGENT}
    assert rights.functions >= on - off - RESERVED - sending
    assert not rights.functions & sending
    assert rights.own_only == (rights.functions if scope is StaffScope.OWN else frozenset())


@given(
    st.sampled_from([Role.LIMITED_ADMINISTRATOR, Role.SENDER]),
    st.sampled_from(sorted(set(Right) - RESERVED)),
    st.booleans(),
)
def test_a_right_that_is_set_is_had_and_what_the_role_has_anyway_is_no_switch(
    role: Role, right: Right, is_on: bool
) -> None:
    none = Switches(frozenset(), frozenset())
    there_and_back = none
    for wanted in (is_on, not is_on, is_on):
        there_and_back = switched(role, there_and_back, right, is_on=wanted)
    assert there_and_back == switched(role, none, right, is_on=is_on)
    assert bool(there_and_back.off | there_and_back.on) == (is_on != (right in default(role)))


def test_the_last_administrator_stays() -> None:
    for terms in ([], [Term(ends_on=TODAY)], [Term(starts_on=APRIL)]):
        with pytest.raises(LastAdministrator):
            check_administrator_stays(terms, TODAY)
    check_administrator_stays([Term()], TODAY)
    check_administrator_stays([Term(ends_on=TODAY), Term()], TODAY)


def test_who_hands_over_leaves_no_day_between() -> None:
    last_of_march = APRIL - timedelta(days=1)
    successor = Term(starts_on=APRIL)
    check_administrator_stays([Term(ends_on=last_of_march), successor], TODAY)
    with pytest.raises(LastAdministrator):
        check_administrator_stays(
            [Term(ends_on=last_of_march - timedelta(days=1)), successor], TODAY
        )


@given(st.text(max_size=80))
def test_any_password_fits_its_hash_and_no_longer_one_does(text: str) -> None:
    kept = hash_password(text, 4)
    assert password_matches(text, kept)
    assert not password_matches(text + "x", kept)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", "too_short"),
        ("ababababababab", "common"),
        ("Password2026", "common"),
        ("qwerty123456", "common"),
        ("hanako.yamada1", "personal"),
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, mail="hanako.yamada@town.test")
    assert refused.value.fields == {"password": problem, "shortest": 12}


@pytest.mark.parametrize(
    "password", ["さくらの花の咲くころに", "correct horse battery", "kx7p-mm2w-q9rt"]
)
def test_a_long_password_needs_no_special_characters(password: str) -> None:
    check_password(password + "!" * (12 - len(password)), mail="hanako@town.test")


def test_a_made_password_is_good_enough() -> None:
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password, mail="hanako@town.test")


def test_a_login_is_sealed_to_its_account() -> None:
    key, account = LoginKey(bytes(32)), uuid4()
    assert key.open(key.seal(" Hanako@Town.test", account), account) == "hanako@town.test"
    assert key.index("ｈａｎａｋｏ＠town.test") == key.index("HANAKO@town.test")


def test_characters_are_counted_as_a_reader_counts_them() -> None:
    assert [
        count_characters(text) for text in ("つばめ野小", "辻\U000e0100小", "か\u3099くえん", "")
    ] == [5, 2, 4, 0]


def test_a_made_code_is_one_that_is_accepted() -> None:
    assert all(CODE.fullmatch(make_code()) for _ in range(200))
