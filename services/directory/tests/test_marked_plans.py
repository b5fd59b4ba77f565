"""The office gets its file back with its faults marked, and reads it in again (DIR-2)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from directory_school import School
from openpyxl import load_workbook
from test_cases import upload
from workbook_files import packed, parts_of

from directory.actions.workbook import process

NOTE = {"sheet": "名簿", "row": 2, "cell": "H2", "text": "Excelのエラーです。"}
ERROR_CELL = "B04-a-mail-error-cell"


def marked(school: School, plan: Any, *notes: dict[str, Any], **options: Any) -> Any:
    body = {"notes": list(notes)}
    return school.call("POST", f"/imports/plans/{plan['id']}/marked.xlsx", json=body, **options)


def test_a_marked_file_reads_as_the_same_file(empty_school: School) -> None:
    school = empty_school
    plan = upload(school, ERROR_CELL)
    answer = marked(school, plan, NOTE)
    assert answer.status_code == 200
    page = load_workbook(io.BytesIO(answer.data))["名簿"]
    assert page["H2"].comment.text == NOTE["text"]
    file = (io.BytesIO(answer.data), "名簿.xlsx")
    again = school.call("POST", "/imports/plans", data={"file": file}).json
    shown = school.get(f"/imports/plans/{again['id']}")
    assert [(e["cell"], e["code"]) for e in shown["errors"]] == [("H2", "cell_error")]
    assert [(part["where"], part["text"]) for part in shown["unused"]] == [("I", "直すところ")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "あ" * 501},
        {"cell": "H0"},
        {"cell": "=A1"},
        {"cell": "H2\n"},
        {"row": 0},
        {"row": 1_048_577},
    ],
)
def test_notes_are_bounded(empty_school: School, wrong: dict[str, Any]) -> None:
    plan = upload(empty_school, ERROR_CELL)
    assert marked(empty_school, plan, {**NOTE, **wrong}).status_code == 422


def test_ten_thousand_notes_are_marked_and_no_more(empty_school: School) -> None:
    plan = upload(empty_school, ERROR_CELL)
    notes = [{**NOTE, "row": row, "cell": f"H{row}"} for row in range(2, 10_003)]
    assert marked(empty_school, plan, *notes).status_code == 422
    assert marked(empty_school, plan, *notes[:-1]).status_code == 200


def test_a_file_is_given_to_whom_its_plan_is_shown(empty_school: School) -> None:
    plan = upload(empty_school, ERROR_CELL)
    other = marked(empty_school, plan, NOTE, headers=empty_school.staff("roster.change"))
    assert other.status_code == 404
    nobody = marked(empty_school, plan, NOTE, headers=empty_school.staff("roster.see"))
    assert nobody.status_code == 403


def test_what_is_refused_can_not_be_marked(empty_school: School) -> None:
    macro = packed({**parts_of(), "xl/vbaProject.bin": "x"})
    file = (io.BytesIO(macro), "名簿.xlsx")
    made = empty_school.call("POST", "/imports/plans", data={"file": file}).json
    assert empty_school.get(f"/imports/plans/{made['id']}")["trouble"]["code"] == "workbook_macro"


def test_marking_takes_a_turn_as_reading_does(
    empty_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = upload(empty_school, ERROR_CELL)
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.01)
    with process.turns.one(), process.turns.one():
        answer = marked(empty_school, plan, NOTE)
    assert answer.json["error"]["code"] == "import_busy"
