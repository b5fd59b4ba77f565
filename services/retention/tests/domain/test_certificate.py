"""The certificate: what it says, that a changed byte shows, and that no text of it is read as typst
(RET-1).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from common.canonical import canonical
from common.houses import KEPT
from retention.domain.calendar import Calendar
from retention.domain.certificate import Facts, make_certificate, sign, verify
from retention.domain.wording import paper_of, say_day
from retention.provider import TooLong, print_page

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
BEGUN = datetime(2027, 4, 30, 15, 0, 40, tzinfo=UTC)


def certificate(name: str = "みなも市立つばめ野小学校", issuer: str = "") -> dict[str, Any]:
    facts = Facts(
        id=UUID(int=1),
        school_id=UUID(int=2),
        school_code="123456789",
        school_name=name,
        calendar=Calendar(date(2027, 3, 31), 30),
        started_at=BEGUN,
        erased_at=BEGUN + timedelta(minutes=3),
        key_destroyed_at=BEGUN + timedelta(minutes=4),
        fingerprint="ab12" * 16,
        counts={house: {"rows": 1200} for house in KEPT},
        issued_at=BEGUN + timedelta(minutes=4),
        issuer=issuer,
    )
    return sign(make_certificate(facts), KEY.sign)


def test_a_certificate_is_genuine_as_file_and_however_it_is_laid_out() -> None:
    document = certificate()
    laid_out = json.dumps(document, indent=2, ensure_ascii=True)
    assert all(
        verify(form, PUBLIC)
        for form in (document, canonical(document), canonical(document).decode(), laid_out)
    )


def test_the_paper_names_who_certifies_and_signs_for_it() -> None:
    document = certificate(issuer="みなも市教育委員会")
    assert paper_of(document)["issuer"] == "みなも市教育委員会"
    assert not verify({**document, "issuer": "ほかの人"}, PUBLIC)


def test_a_certificate_from_before_it_named_its_issuer_is_printed_with_a_line_to_sign() -> None:
    document = {name: value for name, value in certificate().items() if name != "issuer"}
    assert paper_of(document)["issuer"] == ""
    assert print_page(paper_of(document), BEGUN).startswith(b"%PDF")


def test_no_word_of_the_paper_is_the_messengers() -> None:
    assert "既読" not in "".join(KEPT.values())


def test_a_changed_byte_anywhere_shows() -> None:
    file = canonical(certificate())
    genuine = [
        (place, change)
        for place in range(len(file))
        for change in (0x01, 0x20)  # another character; another case
        if verify(file[:place] + bytes([file[place] ^ change]) + file[place + 1 :], PUBLIC)
    ]
    assert genuine == []


@pytest.mark.parametrize(
    "change", [{"counts": {}}, {"version": 2}, {"more": 1}, {"signature": ""}, {"kind": "other"}]
)
def test_a_changed_meaning_shows(change: dict[str, Any]) -> None:
    assert not verify(certificate() | change, PUBLIC)


@pytest.mark.parametrize(
    "other", [b"", b"\xff", b"[]", b"null", b"{}", "連絡", b'{"signature": 1}', b"[" * 100_000]
)
def test_what_is_no_certificate_is_not_genuine(other: Any) -> None:
    assert not verify(other, PUBLIC)


def test_another_installations_key_did_not_sign_it() -> None:
    other = (
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    assert not verify(certificate(), other)


def test_the_paper_says_it_in_japanese_in_japans_time() -> None:
    paper = paper_of(certificate())
    assert dict(paper["facts"]) == {
        "学校": "みなも市立つばめ野小学校（学校コード 123456789）",
        "契約の終了日": "令和9年3月31日",
        "消去の開始": "令和9年5月1日 0:00",
        "消去の完了": "令和9年5月1日 0:03",
        "暗号鍵の廃棄": "令和9年5月1日 0:04",
        "控え（バックアップ）": "令和9年5月31日までに、すべての控えからもなくなります",
    }
    assert paper["counts"][0] == ["契約・職員のアカウント・操作ログ", "1,200件"]
    assert paper["total"] == "7,200件"
    assert (say_day(date(2019, 5, 1)), say_day(date(2019, 4, 30))) == (
        "令和元年5月1日",
        "2019年4月30日",
    )


def test_the_paper_is_a_pdf_and_the_same_bytes_each_time() -> None:
    pages = {print_page(paper_of(certificate()), BEGUN) for _ in range(2)}
    assert len(pages) == 1
    assert pages.pop().startswith(b"%PDF-")


TYPST = ['#panic("x")', "*太字* $a$ <l> @r // /* ` \\ #[", '"]; #import("@preview/x:1.0.0")']


@pytest.mark.parametrize("name", ["髙" * 200, *TYPST])
def test_no_name_breaks_the_page_or_is_read_as_typst(name: str) -> None:
    assert print_page(paper_of(certificate(name)), BEGUN, "svg").startswith(b"<svg")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_any_text_is_printed_as_text(name: str) -> None:
    assert print_page(paper_of(certificate(name)), BEGUN).startswith(b"%PDF-")


def test_more_than_a_page_is_refused_and_not_cut() -> None:
    paper = paper_of(certificate())
    with pytest.raises(TooLong):
        print_page(paper | {"exceptions": ["残るもの"] * 200}, BEGUN, "svg")
