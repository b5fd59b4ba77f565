"""Notifications are sealed for one browser as RFC 8291 has it, by its own example."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from town_fcm import make_phone

from common.web_push import Subscription
from dispatch_push.provider.web.encryption import MOST_BYTES, Seal, encrypt

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
THEIR_KEY = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
OUR_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN"
)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_rfc_is_sealed_byte_for_byte() -> None:
    private = ec.derive_private_key(int.from_bytes(raw(OUR_PRIVATE), "big"), ec.SECP256R1())
    browser = Subscription("https://push.example.net/push/JzLQ3", raw(THEIR_KEY), raw(AUTH))
    assert encrypt(browser, PLAIN, Seal(private, raw(SALT))) == raw(BODY)


def test_no_two_notifications_are_sealed_alike_and_the_phone_reads_both() -> None:
    _, keys = make_phone()
    browser = Subscription("https://push.example.net/x", keys.public, keys.auth)
    first, second = encrypt(browser, PLAIN), encrypt(browser, PLAIN)
    assert first != second
    assert keys.read(first) == keys.read(second) == PLAIN


def test_another_phone_reads_nothing() -> None:
    _, keys = make_phone()
    _, other = make_phone()
    sealed = encrypt(Subscription("https://push.example.net/x", keys.public, keys.auth), PLAIN)
    with pytest.raises(ValueError, match="somebody else"):
        other.read(sealed)


def test_a_body_fills_one_record_and_no_more() -> None:
    _, keys = make_phone()
    browser = Subscription("https://push.example.net/x", keys.public, keys.auth)
    assert len(encrypt(browser, b"x" * MOST_BYTES)) == 4096
    with pytest.raises(ValueError, match="more than"):
        encrypt(browser, b"x" * (MOST_BYTES + 1))
