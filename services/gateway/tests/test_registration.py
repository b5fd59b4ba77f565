"""受信登録 on a phone: codes, terms, an address, its six digits (DIR-8, DIR-14, DIR-16)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_registrations import CODE, LINK, SHEET, SIBLING
from flask import Flask
from town_school import SCHOOL, make_id

import gateway
from common.errors import Busy
from common.terms import TERMS_VERSION

MOTHER = "m..takagi@docomo.ne.jp"
FIRST_VIEW_BYTES = 60_000
# SHA-256 of the words on addresses by version: whoever changes them gives them a new version.
TERMS = {"2026-12": "eda5ce8d7b4ecf1adcda9575f32153db9fbba60f5e76553a139d4d880194615b"}


def enter(stranger: Browser, sheet: tuple[str, str] = SHEET, **more: str) -> None:
    """Open the code of a sheet, and type its passcode."""
    stranger.open(f"/t?s={SCHOOL['code']}&i={sheet[0]}")
    stranger.press(passcode=sheet[1], **more)


@pytest.fixture
def agreed(stranger: Browser) -> Browser:
    """Return the browser of a mother who has agreed to the use of her address."""
    enter(stranger)
    stranger.press(label="母")
    return stranger


@pytest.fixture
def registered(agreed: Browser) -> Browser:
    agreed.open("/t/mail").press(address=MOTHER)
    agreed.press(code="４８２ 913")
    return agreed


def test_the_code_of_a_sheet_fills_in_two_of_the_three(stranger: Browser) -> None:
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    assert f'value="{SCHOOL["code"]}"' in stranger.html
    assert f'value="{SHEET[0]}"' in stranger.html


def test_a_family_registers_without_a_script(houses: FakeHouses, registered: Browser) -> None:
    assert houses.asked_proofs == [MOTHER]
    assert "受信登録ができました" in registered.words
    assert "お子様1人分の連絡が届きます。" in registered.words
    assert registered.open("/m").status == 200
    assert "家族と受信先" in registered.words


def test_the_use_of_addresses_is_shown_in_the_schools_name_and_agreed_to_first(
    houses: FakeHouses, stranger: Browser
) -> None:
    enter(stranger)
    assert stranger.path == "/t/terms"
    assert "みなも市立つばめ野小学校からの連絡と、ご家庭からの連絡のためだけに" in stranger.words
    assert stranger.open("/t/mail").path == "/t/terms"
    stranger.press(label="父", language="en")
    [about] = houses.agreed
    assert (about["terms_version"], about["label"]) == (TERMS_VERSION, "父")
    assert about["language"] == "en"


def test_words_that_were_changed_meanwhile_are_shown_again(
    houses: FakeHouses, stranger: Browser
) -> None:
    enter(stranger)
    stranger.press(version="2020-01")
    assert stranger.status == 409
    assert "個人情報の扱いの文章が新しくなりました" in stranger.words
    assert houses.agreed == []


def test_the_words_on_addresses_have_a_version_of_their_own() -> None:
    template = Path(gateway.__file__).parent / "templates/guardian/registration/parts/terms.html"
    assert hashlib.sha256(template.read_bytes()).hexdigest() == TERMS[TERMS_VERSION]


def test_wrong_codes_get_one_sentence_and_keep_what_was_typed(stranger: Browser) -> None:
    stranger.open("/t").press(school_code="208114825", login_id="ABCD2345", passcode="x")
    assert stranger.status == 422
    assert "組み合わせが合いません" in stranger.words
    assert 'value="ABCD2345"' in stranger.html


def test_who_guesses_is_told_how_long_to_wait(houses: FakeHouses, stranger: Browser) -> None:
    houses.entry_error = Busy("locked", "Wait.", fields={"retry_after": 30})
    enter(stranger)
    assert stranger.status == 429
    assert "30秒後にもう一度" in stranger.words


def test_a_likely_typo_is_asked_about(houses: FakeHouses, agreed: Browser) -> None:
    agreed.open("/t/mail").press(address="mama@gmail.con")
    assert "mama@gmail.com に直して送る" in agreed.words
    assert houses.asked_proofs == []
    agreed.press("mama@gmail.con")
    assert houses.asked_proofs == ["mama@gmail.con"]


def test_what_is_no_address_is_said_in_words(agreed: Browser) -> None:
    agreed.open("/t/mail").press(address="mama")
    assert agreed.status == 422
    assert "「@」の前と後ろを確かめてください" in agreed.words


def test_a_wrong_code_says_how_many_tries_are_left(agreed: Browser) -> None:
    agreed.open("/t/mail").press(address=MOTHER)
    agreed.press(code="000000")
    assert agreed.status == 422
    assert "番号が合いません（あと4回）" in agreed.words
    agreed.press(code=CODE)
    assert "受信登録ができました" in agreed.words


def test_a_family_of_a_carrier_reads_where_its_setting_is(agreed: Browser) -> None:
    agreed.open("/t/mail").press(address=MOTHER)
    assert "受信リスト・拒否リスト設定" in agreed.words


def test_an_address_to_be_mended_stands_in_no_address_of_a_page(agreed: Browser) -> None:
    agreed.open("/t/mail").press(address=MOTHER)
    assert "%40" not in agreed.html
    agreed.open(f"/t/mail?mail={make_id('mail-1')}")
    assert f'value="{MOTHER}"' in agreed.html


def test_the_link_of_a_mail_asks_before_it_registers(houses: FakeHouses, agreed: Browser) -> None:
    agreed.open("/t/mail").press(address=MOTHER)
    agreed.open(f"/t/c/{LINK}")
    assert "このアドレスで受け取りますか" in agreed.words
    assert houses.registration is not None
    assert not houses.registration["is_registered"]
    agreed.press()
    assert agreed.path == "/t/done"
    assert "受信登録ができました" in agreed.words
    agreed.open(f"/t/c/{LINK}")
    assert "前に確認していただきました" in agreed.words


def test_the_link_opens_in_a_browser_without_the_registration(
    app: Flask, houses: FakeHouses
) -> None:
    first, other = Browser(app.test_client()), Browser(app.test_client())
    enter(first)
    first.press(label="母")
    first.open("/t/mail").press(address=MOTHER)
    other.open(f"/t/c/{LINK}").press()
    assert "このアドレスに連絡が届きます" in other.words
    assert other.open("/m").status == 200


def test_a_link_pressed_once_more_does_not_say_that_the_school_looks_first(
    app: Flask, houses: FakeHouses
) -> None:
    """A double tap of who is registered."""
    first = Browser(app.test_client())
    enter(first)
    first.press(label="母")
    first.open("/t/mail").press(address=MOTHER)
    phone = app.test_client()
    tap, second_tap = Browser(phone), Browser(phone)
    tap.open(f"/t/c/{LINK}")
    second_tap.open(f"/t/c/{LINK}")
    tap.press()
    second_tap.press()
    assert "前に確認していただきました" in second_tap.words
    assert "学校で確かめて" not in second_tap.words


def test_a_link_that_is_over_says_what_to_do(stranger: Browser) -> None:
    stranger.open("/t/c/wrong")
    assert stranger.status == 409
    assert "もう一度確認のメールを送ってください" in stranger.words


def test_a_protected_family_reads_that_the_school_looks_first(
    houses: FakeHouses, agreed: Browser
) -> None:
    houses.held = True
    agreed.open("/t/mail").press(address=MOTHER)
    agreed.press(code=CODE)
    assert "学校で確かめてから登録します" in agreed.words
    assert "配慮" not in agreed.words


def test_the_sheet_of_a_sibling_joins_the_registration(
    houses: FakeHouses, registered: Browser
) -> None:
    enter(registered, SIBLING, **{"as": "sibling"})
    assert registered.path == "/t/done?added=1"
    assert "お子様2人分の連絡が届きます。" in registered.words


@pytest.mark.parametrize("begun", ["agreed", "registered"])
def test_nobody_is_joined_to_the_family_before_unasked(
    houses: FakeHouses, begun: str, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(begun)
    before = browser.open("/t/done").words
    browser.open(f"/t?s={SCHOOL['code']}&i={SIBLING[0]}")
    assert "この端末では、次のお子様の登録をしています。" in browser.words
    assert "checked" not in browser.html
    assert 'type="hidden" name="as"' not in browser.html
    browser.press(passcode=SIBLING[1])
    assert browser.status == 422
    assert "きょうだいのものかどうかを選び" in browser.words
    assert f'value="{SIBLING[0]}"' in browser.html
    assert browser.open("/t/done").words == before


def test_a_family_leaves_nothing_on_a_shared_phone(houses: FakeHouses, registered: Browser) -> None:
    registered.open("/t/done").press(form="/t/leave")
    assert houses.family_tokens == {}
    assert registered.open("/t/done").path.startswith("/t?")
    registered.open(f"/t?s={SCHOOL['code']}")
    assert "この端末では" not in registered.words
    assert "登録したメールアドレス" in registered.open("/m").words


def test_another_adult_on_the_same_phone_begins_anew(
    houses: FakeHouses, registered: Browser
) -> None:
    registered.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    assert "別の保護者が登録します" in registered.words
    houses.registration_token = "u" * 43
    enter(registered, SHEET, **{"as": "new"})
    assert registered.path == "/t/terms"


@pytest.mark.parametrize("page", ["/t/terms", "/t/ways", "/t/mail", "/t/done"])
def test_a_browser_without_a_registration_comes_to_its_beginning(
    stranger: Browser, page: str
) -> None:
    stranger.open(page)
    assert stranger.path.startswith("/t?")
    assert "登録手順書の番号を、もう一度入れてください" in stranger.words


def test_every_page_is_written_in_english(houses: FakeHouses, stranger: Browser) -> None:
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}&lang=en").press(passcode=SHEET[1])
    pages = [stranger.words]
    stranger.press(language="en")
    pages.append(stranger.words)
    stranger.open("/t/mail?lang=en")
    pages.append(stranger.words)
    stranger.press(address="kyoto@softbank.ne.jp")
    pages.append(stranger.words)
    stranger.press(code=CODE)
    pages.append(stranger.words)
    names = re.compile("日本語|みなも市立つばめ野小学校|高木 さくら")
    for words in pages:
        japanese = re.findall(r"[\u3041-\u30ff\u4e00-\u9fff]+", names.sub("", words))
        assert japanese == [], words
    assert "registered" in pages[-1]


def test_the_first_view_is_small_and_needs_no_script(stranger: Browser) -> None:
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    static = Path(gateway.__file__).parent / "static"
    files = ("guardian.css", "logo.svg", "js/web-app.js", "js/service-worker.js")
    weight = len(stranger.html.encode()) + sum((static / name).stat().st_size for name in files)
    assert weight < FIRST_VIEW_BYTES
    assert stranger.html.count("<script") == 1


def make_recent(name: str, state: str) -> dict[str, object]:
    return {
        "id": make_id(name),
        "kind": "pupil",
        "display_name": name,
        "kana": "タカギ",
        "status": "enrolled",
        "class_id": None,
        "class_name": "4年2組",
        "number": 12,
        "deleted": False,
        "registration_id": make_id(f"of {name}"),
        "label": "父",
        "state": state,
        "settled_at": "2026-11-24T10:00:00+00:00",
        "mails": 1,
        "apps": 0,
        "lines": 0,
    }


def test_the_office_sees_who_registered_lately(houses: FakeHouses, deputy: Browser) -> None:
    houses.recent = [make_recent("高木 さくら", "linked")]
    deputy.open("/registrations")
    assert "14日のあいだの登録 1件" in deputy.words
    assert "4年2組 12番 高木 さくら" in deputy.words
    assert "登録済み" in deputy.words


@pytest.mark.parametrize(
    ("act", "told"), [("accept", "登録を承認しました。"), ("refuse", "登録をお断りしました。")]
)
def test_the_office_decides_on_a_protected_family(
    houses: FakeHouses, deputy: Browser, act: str, told: str
) -> None:
    houses.recent = [make_recent("小鳥遊 心", "held")]
    deputy.open("/registrations").press(form=act)
    assert houses.looked_at == [(act, make_id("of 小鳥遊 心"))]
    assert told in deputy.words
    deputy.open("/registrations").press(form=act)
    assert "ほかの人がもう承認したか、断りました" in deputy.words
