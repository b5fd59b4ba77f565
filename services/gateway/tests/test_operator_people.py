"""運営者アカウント in the browser: add, remove, another second factor (ID-10)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser import Browser
from fake_console import COLLEAGUE, ME, OWN_CODE, PASSWORD
from fake_houses import FakeHouses

from common.errors import Busy, Unavailable
from gateway.clients.calls import ADD_OPERATOR, REMOVE_OPERATOR

LIST = "/operator/operators"
NEW = {"display_name": "小川 結", "mail": "ogawa@renraku.test", "code": OWN_CODE}
SOON = {"retry_after": 30, "where": "device"}
SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"


def test_the_operators_are_listed_and_one_knows_oneself(operator: Browser) -> None:
    words = operator.open(LIST).words
    assert "中田 亮 あなた operator@renraku.test" in words
    assert "大森 梓 omori@renraku.test" in words


def test_who_is_added_gets_password_and_second_factor_once(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(f"{LIST}/new").press(**NEW)
    assert operator.status == 201
    assert "小川 結 さんを運営者に加えました。" in operator.words
    assert "二度は表示しません。" in operator.words
    assert PASSWORD in operator.words
    assert SECRET in operator.words
    pictures = [given for tag, given in operator.read().tags if tag == "img"]
    assert [given["src"][:19] for given in pictures if given["alt"]] == ["data:image/svg+xml;"]
    assert [person["display_name"] for person in houses.operators][-1] == "小川 結"


def test_two_presses_add_one(houses: FakeHouses, operator: Browser) -> None:
    form = operator.open(f"{LIST}/new").form(f"{LIST}/new")
    data = {**dict(form.fields), **NEW}
    for _ in range(2):
        assert operator.post(f"{LIST}/new", data).status == 201
    assert len(houses.operators) == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"display_name": ""}, "氏名を入れてください。"),
        ({"mail": "ogawa"}, "メールアドレスとして読めません。"),
        ({"mail": "omori@renraku.test"}, "このメールアドレスは、ほかの人が使っています。"),
        ({"code": "000000"}, "確認の番号が違います。"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    houses: FakeHouses, operator: Browser, typed: dict[str, Any], words: str
) -> None:
    given = {**NEW, **typed}
    operator.open(f"{LIST}/new").press(**given)
    assert operator.status in (409, 422)
    assert words in operator.words
    (wrong,) = typed
    assert re.search(rf'aria-describedby="[^"]*wrong-{wrong}"', operator.html)
    kept = dict(operator.form(f"{LIST}/new").fields)
    assert kept["display_name"] == given["display_name"]
    assert kept["mail"] == given["mail"]
    assert kept["code"] == "", "a code is used once"
    assert len(houses.operators) == 2


def test_while_identity_is_away_what_was_typed_stays(houses: FakeHouses, operator: Browser) -> None:
    houses.failures[ADD_OPERATOR] = Unavailable("service_away", "Away.")
    operator.open(f"{LIST}/new").press(**NEW)
    assert operator.status == 503
    assert "小川 結" in operator.html


def test_another_operator_gets_a_fresh_second_factor(operator: Browser) -> None:
    operator.open(f"{LIST}/{COLLEAGUE}")
    assert "大森 梓 さんの認証アプリを登録し直す" in operator.words
    operator.press(form="/second-factor", code=OWN_CODE)
    assert "大森 梓 さんの認証アプリを登録し直しました。" in operator.words
    assert SECRET in operator.words
    assert PASSWORD not in operator.words


def test_an_operator_who_leaves_is_removed_and_a_second_press_is_told_nothing_wrong(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(f"{LIST}/{COLLEAGUE}")
    assert "大森 梓 さんを運営者から外す" in operator.words
    form = operator.form("/remove")
    for _ in range(2):
        operator.post(form.action, {**dict(form.fields), "code": OWN_CODE})
        assert operator.path == LIST
    assert [person["id"] for person in houses.operators] == [ME]


def test_nobody_is_offered_to_remove_oneself(operator: Browser) -> None:
    html = operator.open(f"{LIST}/{ME}").html
    assert "ほかの運営者に頼んでください。" in html
    assert "/remove" not in html
    assert "/second-factor" not in html


@pytest.mark.parametrize(("act", "beside"), [("remove", "remove"), ("second-factor", "factor")])
def test_without_an_own_fresh_code_nothing_happens_and_the_words_stand_beside_the_field(
    houses: FakeHouses, operator: Browser, act: str, beside: str
) -> None:
    operator.open(f"{LIST}/{COLLEAGUE}").press(form=f"/{act}", code="000000")
    assert operator.status == 422
    told = re.search(rf'id="wrong-{beside}-code"[^>]*>([^<]*)<', operator.html)
    assert told is not None
    assert "確認の番号が違います。" in told[1]
    assert len(houses.operators) == 2


def test_a_refusal_is_told_in_words(houses: FakeHouses, operator: Browser) -> None:
    token = dict(operator.open(LIST).form("/operator/sign-out").fields)["csrf_token"]
    data = {"csrf_token": token, "code": OWN_CODE}
    for act in ("remove", "second-factor"):
        operator.post(f"{LIST}/{ME}/{act}", data)
        assert operator.status == 409
    operator.open(f"{LIST}/{COLLEAGUE}")
    houses.failures[REMOVE_OPERATOR] = Unavailable("service_away", "Away.")
    operator.press(form="/remove", code=OWN_CODE)
    assert "いま、つながりにくくなっています。" in operator.words
    assert "さんを運営者から外しました。" not in operator.words
    houses.failures[REMOVE_OPERATOR] = Busy("locked", "Locked.", fields=SOON)
    operator.press(form="/remove", code=OWN_CODE)
    assert "この端末からの入力が続けて違ったため、次は30秒後に試せます。" in operator.words


def test_an_operator_who_is_not_there_is_404(operator: Browser) -> None:
    assert operator.open(f"{LIST}/00000000-0000-4000-8000-000000000000").status == 404
