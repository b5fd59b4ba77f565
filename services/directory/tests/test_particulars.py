"""A day of birth and a note, by form (DIR-1)."""

from __future__ import annotations

import pytest


def new_pupil(**more):
    return {"kind": "pupil", "display_name": "転入 花", "kana": "てんにゅう はな", **more}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("平成28年5月10日", "2016-05-10"),
        ("Ｈ２８．５．１０", "2016-05-10"),
        ("令和元年5月1日", "2019-05-01"),
        ("2016/5/10", "2016-05-10"),
        ("", None),
        (None, None),
    ],
)
def test_a_day_of_birth_is_read_in_both_calendars(school, typed, kept):
    """DIR-1."""
    url = f"/members/{school.roster.id('高木 さくら')}"
    body = {"birth_date": typed, "note": "　弟が 来年 入学  "}
    assert school.call("PATCH", url, json=body).status_code == 204
    person = school.get(url)
    assert (person["birth_date"], person["note"]) == (kept, "弟が 来年 入学")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("きのう", "date_unreadable"),
        ("平成28年13月1日", "date_unreadable"),
        ("2098/1/1", "birth_date_ahead"),
    ],
)
def test_what_is_no_day_of_birth_is_refused_at_its_field(school, typed, code):
    """DIR-1."""
    answer = school.call("POST", "/members", json=new_pupil(birth_date=typed))
    assert answer.status_code == 422
    assert answer.json["error"]["fields"]["birth_date"]["code"] == code


def test_a_note_that_another_wrote_meanwhile_is_not_written_over(school):
    """DIR-1: the version of a form holds all that the form shows."""
    url = f"/members/{school.roster.id('高木 さくら')}"
    seen = school.get(url)["version"]
    school.call("PATCH", url, json={"note": "先に書いた"})
    late = school.call("PATCH", url, json={"note": "後から", "version": seen})
    assert late.json["error"]["code"] == "changed_meanwhile"
    assert school.get(url)["note"] == "先に書いた"
