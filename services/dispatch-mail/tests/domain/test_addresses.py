"""Addresses as Japanese carriers issued them: kept as typed, quoted only at SMTP time (MSG-9)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_mail.domain.addresses import AddressRefused, domain_of, quoted_address

ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")


@pytest.mark.parametrize(
    ("typed", "in_smtp"),
    [
        ("hanako@docomo.ne.jp", b"hanako@docomo.ne.jp"),
        ("h.a+n/a_k-o@docomo.ne.jp", b"h.a+n/a_k-o@docomo.ne.jp"),
        ("a..b@docomo.ne.jp", b'"a..b"@docomo.ne.jp'),
        (".a@docomo.ne.jp", b'".a"@docomo.ne.jp'),
        ("a.@ezweb.ne.jp", b'"a."@ezweb.ne.jp'),
        ("hiro-.@ezweb.town.test", b'"hiro-."@ezweb.town.test'),
        ('a"b@example.jp', b'"a\\"b"@example.jp'),
        ("a\\b@example.jp", b'"a\\\\b"@example.jp'),
        ('"a..b"@docomo.ne.jp', b'"a..b"@docomo.ne.jp'),
    ],
)
def test_a_local_part_is_quoted_exactly_when_it_must_be(typed, in_smtp):
    assert quoted_address(typed) == in_smtp.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hanako",
        "@docomo.ne.jp",
        "hanako@",
        "a@b@c.jp",
        "a@b..jp",
        "a@.jp",
        "a@-b.jp",
        "a@b c.jp",
        "a@b.jp\n",
        "a\r\nRCPT TO:<x@y>@b.jp",
        "a\x00@b.jp",
        "a\x7f@b.jp",
        "花子@docomo.ne.jp",
        "a@ドコモ.jp",
        "x" * 65 + "@b.jp",
        "a@" + "b." * 130 + "jp",
        "a@" + "b" * 64 + ".jp",
    ],
)
def test_what_cannot_be_an_address_is_refused_without_being_repeated(typed):
    with pytest.raises(AddressRefused) as refused:
        quoted_address(typed)
    assert not typed or typed not in str(refused.value)


@given(
    st.from_regex(r"[!-?A-~]{1,64}", fullmatch=True).filter(lambda local: not local.startswith('"'))
)
def test_what_was_typed_can_be_read_back_from_the_envelope(local):
    wire = quoted_address(f"{local}@docomo.ne.jp")
    spoken, domain = wire.rsplit("@", 1)
    assert domain == "docomo.ne.jp"
    is_atom = all(ATOM.fullmatch(atom) for atom in local.split("."))
    assert spoken.startswith('"') is not is_atom
    assert (re.sub(r"\\(.)", r"\1", spoken[1:-1]) if spoken.startswith('"') else spoken) == local


@given(st.text())
def test_no_text_at_all_ends_an_smtp_command(text):
    try:
        wire = quoted_address(text)
    except AddressRefused:
        return
    assert re.fullmatch(r"[ -~]+", wire)


def test_a_domain_is_compared_in_lower_case():
    assert domain_of("A..b@DoCoMo.NE.jp") == "docomo.ne.jp"
