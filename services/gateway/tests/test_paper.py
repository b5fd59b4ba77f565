"""A list as a PDF, for browsers that number no sheets (walk S2 22)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from browser import Browser, Form
from fake_houses import FakeHouses

from common import clock
from gateway.domain.paper import MOST_ROWS, NoList, Paper
from gateway.provider import print_list

HEADER = {
    "school": "みなも市立つばめ野小学校",
    "printed_at": "令和8年11月29日（日） 12:00",
    "printed_by": "教頭 山下 明子",
}


def a_list(rows: int = 3) -> dict[str, Any]:
    seats = [
        [str(number), "髙橋 陽菜", "母 0000-00-1096", "#let [x] = $"] for number in range(rows)
    ]
    return {
        "title": "電話一覧",
        "about": "運動会（全校）",
        "sections": [{"title": "4年2組 26人", "heads": [], "rows": seats}],
    }


def set_on_paper(browser: Browser, form: Form) -> Any:
    """Send the form as the page's script does; return the answer."""
    fields = {**dict(form.fields), "list": json.dumps(a_list())}
    return browser.client.post("/paper.pdf", data=fields)


def test_whoever_is_signed_in_gets_the_list_on_paper(deputy: Browser) -> None:
    form = deputy.open("/unreachable").form("/paper.pdf")
    answer = set_on_paper(deputy, form)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("path", "which"),
    [("/members/print?kind=pupil", "pupils"), ("/members/print?kind=staff", "staff")],
)
def test_a_whole_list_for_paper_is_told_to_the_log_once(
    houses: FakeHouses, deputy: Browser, path: str, which: str
) -> None:
    """ID-8: its opening is what takes it; the PDF of the same page is no second taking."""
    for member in houses.members[:2]:
        member.update(kind="staff", status="active")
    heads = 2 if which == "staff" else len(houses.members) - 2
    form = deputy.open(path).form("/paper.pdf")
    assert houses.printed == [{"list": which, "count": heads}]
    assert set_on_paper(deputy, form).status_code == 200
    assert len(houses.printed) == 1


def test_a_list_that_is_only_looked_at_is_told_when_it_is_printed(
    houses: FakeHouses, teacher: Browser
) -> None:
    """ID-8: as a PDF, or by a browser that numbers its sheets itself."""
    houses.account["functions"] = ["roster.see"]
    form = teacher.open("/unreachable").form("/paper.pdf")
    assert ("which", "unreachable") in form.fields
    assert houses.printed == []
    set_on_paper(teacher, form)
    assert houses.printed == [{"list": "unreachable", "count": 3}]
    fields = {**dict(form.fields), "count": "26"}
    assert teacher.client.post("/printed-lists", data=fields).status_code == 204
    assert houses.printed[1:] == [{"list": "unreachable", "count": 26}]
    wrong = {**fields, "count": "many"}
    assert teacher.client.post("/printed-lists", data=wrong).status_code == 422


def test_numbers_to_call_are_told_by_their_own_house_alone(
    houses: FakeHouses, deputy: Browser
) -> None:
    form = deputy.open("/unreached").form("/paper.pdf")
    assert ("which", "") in form.fields
    assert set_on_paper(deputy, form).status_code == 200
    assert houses.printed == []


def test_a_page_of_another_site_puts_no_list_into_the_log(
    houses: FakeHouses, deputy: Browser
) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/members/print", "/operation-log?whole=1"):
        assert deputy.client.get(path, headers=elsewhere).status_code == 403
    assert houses.printed == []


def test_a_stranger_gets_none(stranger: Browser) -> None:
    assert stranger.open("/paper.pdf").status == 405
    assert (
        "application/pdf"
        not in stranger.post("/paper.pdf", {"list": json.dumps(a_list())}).headers["Content-Type"]
    )


@pytest.mark.parametrize(
    "path",
    ["/unreachable", "/unreached", "/operation-log", "/members/print?kind=pupil&status=enrolled"],
)
def test_every_list_has_its_header_and_can_be_handed_over(deputy: Browser, path: str) -> None:
    html = deputy.open(path).html
    assert "取扱注意" in html
    assert 'id="paper"' in html


def test_a_long_list_is_several_sheets() -> None:
    pdf = print_list(Paper.read(json.dumps(a_list(rows=120))), HEADER, clock.now())
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3


def test_rows_of_any_length_and_headings_between_them_are_set() -> None:
    ragged = a_list()
    ragged["sections"].append(
        {
            "title": "",
            "heads": ["番号", "氏名", "受信先"],
            "rows": [["1年1組 24人"], ["1", "青木 慧"], []],
        }
    )
    ragged["sections"].append({"title": "空", "heads": [], "rows": []})
    assert print_list(Paper.read(json.dumps(ragged)), HEADER, clock.now()).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"title": 1, "about": "", "sections": []}',
        json.dumps(a_list(rows=MOST_ROWS + 1)),
    ]
    + [
        json.dumps({**a_list(), "sections": [{"title": "", "heads": [], "rows": [row]}]})
        for row in ("x", [1], ["x"] * 13)
    ],
)
def test_what_is_no_list_is_refused_in_words(deputy: Browser, text: str) -> None:
    with pytest.raises(NoList):
        Paper.read(text)
    deputy.open("/unreachable")
    deputy.press(form="/paper.pdf", list=text)
    assert deputy.status == 422
    assert "印刷する一覧を読み取れませんでした" in deputy.words
