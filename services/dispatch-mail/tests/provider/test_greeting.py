"""The name in EHLO: strict relays take a full one only (MSG-9)."""

from __future__ import annotations

import socket

import pytest

from dispatch_mail.provider.settings import name_for_relay


@pytest.mark.parametrize(
    ("base_url", "own", "name"),
    [
        ("https://renraku.minamo.example", "box", "renraku.minamo.example"),
        ("http://localhost:8000", "box.school.example", "box.school.example"),
        ("http://127.0.0.1:8000", "8f3c1a", "[127.0.0.1]"),
        ("http://[::1]:8000", "localhost", "[127.0.0.1]"),
        ("https://連絡.example", "box", "[127.0.0.1]"),
    ],
)
def test_the_name_for_the_relay_is_a_full_one_or_an_address(monkeypatch, base_url, own, name):
    monkeypatch.setattr(socket, "getfqdn", lambda: own)
    assert name_for_relay(base_url) == name
