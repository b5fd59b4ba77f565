"""`renraku import`: a school of one's own out of a workbook, beside the running demo (DIR-2 begun).

All or nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from alone import newcomers_environment
from hands import message_ids, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

HEADER = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
MOTHERS_MAIL = "m..takahashi@docomo.town.test"
ROWS = (
    (1, 1, 1, "\u9ad9橋 蓮", "タカハシ レン", "\u9ad9橋 恵", "母", MOTHERS_MAIL),
    (3, 2, 5, "\u9ad9橋 陽菜", "タカハシ ヒナ", "\u9ad9橋 恵", "母", MOTHERS_MAIL),
    (3, 2, 5, "\u9ad9橋 陽菜", "タカハシ ヒナ", "\u9ad9橋 徹", "父", "toru@mail.town.test"),
    ("3年", "２組", "１２", "\U00020bb7田 結衣", "ﾖｼﾀﾞ ﾕｲ", "", "", "yoshida.@ezweb.town.test"),
    (3, 2, 20, "森 鷗介", "もり おうすけ", "", "", ""),
)


def workbook(path: Path, rows: tuple[tuple[object, ...], ...]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名簿")
        for row, values in enumerate((HEADER, *rows)):
            sheet.write_row(row, 0, values)
    return path


def run_import(folder: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    renraku = (sys.executable, "-m", "suite")
    command = [*renraku, "import", str(path), "--administrator", "山田 花子", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=newcomers_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_school_of_ones_own_is_imported_signed_in_to_and_reached(standalone, tmp_path):
    path = workbook(tmp_path / "あおば小学校.xlsx", ROWS)
    done = run_import(standalone.folder, path, "--admin-mail", "admin@aoba.town.test")
    assert done.returncode == 0, done.stderr
    assert "児童 4人" in done.stdout
    assert "管理者：山田 花子 さん" in done.stdout
    her_roles = "SELECT count(*) FROM staff_roles WHERE display_name = '山田 花子'"
    assert standalone.query("identity", her_roles) == [(1,)]
    password = re.search(r"パスワード：(\S+?)（", done.stdout).group(1)
    office = standalone.office("admin@aoba.town.test", password)
    message_id = office.write("全校", everybody=True)
    snapshot = office.snapshot(message_id)
    assert (snapshot["heads"], snapshot["contact_points"]["mail"]) == (4, 3)
    office.press(message_id, snapshot)
    of_message = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=of_message)

    def progress() -> dict[str, Any]:
        template = "/messages/{message_id}/progress"
        return office.call("messaging", "GET", template, path=of_message)

    what = "the new school's message to be complete"
    wait_until(lambda: progress()["state"] == "complete", 60, what)
    counts = progress()["counts"]
    assert (counts["delivered"], counts["unreached"]) == (3, 1)
    statement = "SELECT id FROM deliveries WHERE message_id = ?"
    ours = standalone.query("dispatch-mail", statement, message_id.hex)
    arrived = message_ids(standalone.folder / ".run" / "data" / "town.db")
    arrived_ids = Counter(each.strip("<>").partition("@")[0] for each in arrived)
    assert [arrived_ids[UUID(row[0]).hex] for row in ours] == [1, 1, 1]


def test_a_faulty_workbook_is_explained_cell_by_cell_and_leaves_nothing(standalone, tmp_path):
    schools = standalone.query("identity", "SELECT count(*) FROM schools")
    faulty = (*ROWS, (3, 2, 21, "西田 葵", "西田", "", "", "aoi@@mail.town.test"))
    done = run_import(standalone.folder, workbook(tmp_path / "x.xlsx", faulty))
    assert done.returncode == 1
    assert "7行目「フリガナ」(E7)：「西田」は" in done.stderr
    assert "7行目「メールアドレス」(H7)：" in done.stderr
    assert "2か所に直すところがあるため、まだ1件も登録していません。" in done.stderr
    assert "Traceback" not in done.stderr
    assert standalone.query("identity", "SELECT count(*) FROM schools") == schools


def test_a_file_that_is_no_workbook_is_said_to_be_none(standalone, tmp_path):
    path = tmp_path / "meibo.xlsx"
    path.write_bytes(b"%PDF-1.7\n\x00\xff\xfe")
    done = run_import(standalone.folder, path)
    assert done.returncode == 1
    assert "Excelブック（.xlsx）でもCSVでもありません。" in done.stderr
