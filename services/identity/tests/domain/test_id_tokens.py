"""What a token says of an address is believed as far as its provider vouches for it (ID-14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from identity.domain.id_tokens import Expected, IdTokenRefused, KeyUnknown, read_mail

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
ENTRA = "https://login.microsoftonline.com/7f3c0000-0000-0000-0000-000000000000/v2.0"
GOOGLE = "https://accounts.google.com"
OTHER = "https://id.city.example/realms/staff"
MAIL = "noguchi@city.example"
RSA = RSAKey.generate_key(2048, {"kid": "one"})
CURVE = ECKey.generate_key("P-256", {"kid": "two"})


def read(issuer: str, *, key: Any = RSA, alg: str = "RS256", **claims: Any) -> str:
    """Read a token of an issuer that says this beside what every token says."""
    usual = {
        "iss": issuer,
        "aud": "renraku",
        "sub": "1",
        "nonce": "n",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
    }
    said = {name: value for name, value in (usual | claims).items() if value is not None}
    token = jwt.encode({"alg": alg, "kid": key.kid}, said, key, algorithms=[alg])
    published = KeySet([RSA, CURVE]).as_dict(private=False)
    expected = Expected(issuer, "renraku", "n", frozenset({"city.example"}))
    return read_mail(token, published, expected, now=NOW)


def test_both_kinds_of_keys_that_providers_use_are_known() -> None:
    for key, alg in ((RSA, "RS256"), (CURVE, "ES256")):
        assert read(OTHER, key=key, alg=alg, email=MAIL, email_verified=True) == MAIL


def test_no_other_kind_of_signature_is_taken() -> None:
    with pytest.raises(IdTokenRefused, match="not allowed"):
        read(OTHER, alg="RS512", email=MAIL, email_verified=True)


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "nonce", "iat", "exp"])
def test_what_every_token_must_say_may_not_be_missing(name: str) -> None:
    with pytest.raises(IdTokenRefused, match=name):
        read(OTHER, email=MAIL, email_verified=True, **{name: None})


def test_clocks_may_differ_by_a_minute() -> None:
    for seconds, fits in ((59, True), (61, False)):
        ahead = int((NOW + timedelta(seconds=seconds)).timestamp())
        over = int((NOW - timedelta(seconds=seconds)).timestamp())
        for claims in ({"iat": ahead}, {"exp": over}):
            try:
                assert read(OTHER, email=MAIL, email_verified=True, **claims) == MAIL
                assert fits
            except IdTokenRefused:
                assert not fits


def test_an_audience_may_be_a_list_of_ours_alone() -> None:
    assert read(OTHER, email=MAIL, email_verified=True, aud=["renraku"]) == MAIL


def test_a_key_that_is_not_published_is_told_apart() -> None:
    with pytest.raises(KeyUnknown):
        read(OTHER, key=RSAKey.generate_key(2048, {"kid": "new"}), email=MAIL)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_must_be_verified_by_who_verifies(verified: Any) -> None:
    with pytest.raises(IdTokenRefused, match="not verified"):
        read(OTHER, email=MAIL, email_verified=verified)


def test_google_vouches_for_addresses_of_the_citys_own_workspace() -> None:
    assert read(GOOGLE, email=MAIL, email_verified=True, hd="city.example") == MAIL
    for workspace in (None, "elsewhere.example"):
        with pytest.raises(IdTokenRefused, match="Workspace"):
            read(GOOGLE, email=MAIL, email_verified=True, hd=workspace)


def test_microsoft_vouches_for_the_name_by_which_one_signs_in_and_not_for_email() -> None:
    written = "head@city.example"
    assert read(ENTRA, preferred_username=MAIL, email=written) == MAIL
    with pytest.raises(IdTokenRefused, match="no mail address"):
        read(ENTRA, email=MAIL)


def test_a_guest_of_the_tenant_is_not_of_the_city() -> None:
    assert read(ENTRA, preferred_username=MAIL, idp=ENTRA) == MAIL
    for home in ("live.com", "https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/"):
        with pytest.raises(IdTokenRefused, match="guest"):
            read(ENTRA, preferred_username=MAIL, idp=home)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "💥", ".." * 200_000])
def test_what_is_no_token_is_refused_like_one(text: str) -> None:
    expected = Expected(OTHER, "renraku", "n", frozenset())
    with pytest.raises(IdTokenRefused):
        read_mail(text, KeySet([RSA]).as_dict(private=False), expected, now=NOW)


@pytest.mark.parametrize("keys", [{"keys": []}, {"keys": [{}]}, {"keys": [{"kty": "RSA"}]}])
def test_keys_that_nobody_can_use_are_no_keys(keys: Any) -> None:
    expected = Expected(OTHER, "renraku", "n", frozenset())
    with pytest.raises(IdTokenRefused):
        read_mail("e30.e30.e30", keys, expected, now=NOW)
