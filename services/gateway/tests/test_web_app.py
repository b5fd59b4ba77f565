"""My Page as an app (DLV-4).

What a phone needs to install it and to show notifications, under a policy that allows no more.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import Browser
from fake_houses import FakeHouses
from flask import Flask
from flask.testing import FlaskClient
from town_school import make_reading

import gateway

WORKER = Path(gateway.__file__).parent / "static/js/service-worker.js"


def test_the_manifest_is_one_that_a_phone_can_install(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert (answer.status_code, answer.mimetype) == (200, "application/manifest+json")
    manifest = json.loads(answer.get_data())
    assert (manifest["name"], manifest["display"], manifest["scope"]) == (
        "学校からの連絡",
        "standalone",
        "/",
    )
    assert len(manifest["short_name"]) <= 8
    for address in (manifest["start_url"], *(icon["src"] for icon in manifest["icons"])):
        assert address.startswith("/")
        with client.get(address) as found:
            assert found.status_code == 200, address


def test_the_service_worker_is_served_as_a_script_that_speaks_for_every_page(
    client: FlaskClient,
) -> None:
    answer = client.get("/service-worker.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.get_data() == WORKER.read_bytes()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/service-worker.js", "/r/good"])
def test_a_strict_policy_covers_manifest_worker_and_page(
    houses: FakeHouses, app: Flask, path: str
) -> None:
    houses.reading = make_reading(houses.members[:2])
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    # It stands for script-src, worker-src and manifest-src too.
    assert "default-src 'self'" in policy
    assert not [
        word
        for word in ("unsafe", "worker-src", "manifest-src", "script-src", "http:", "https:")
        if word in policy
    ]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_worker_keeps_nothing_of_what_a_family_reads() -> None:
    script = WORKER.read_text(encoding="utf-8")
    assert 'addEventListener("fetch"' not in script
    # The wanted address, until it has been opened, and by what the phone is registered.
    assert script.count("cache.put(") == 2
    assert {"push", "notificationclick", "pushsubscriptionchange"} <= set(script.split('"'))


def test_icons_are_pictures_that_phones_show(client: FlaskClient) -> None:
    """B17: an SVG is shown by no notification shelf."""
    icons = json.loads(client.get("/manifest.webmanifest").get_data())["icons"]
    assert {"any", "maskable"} == {icon["purpose"] for icon in icons}
    named = re.findall(r'"(/static/icons/[^"]+)"', WORKER.read_text(encoding="utf-8"))
    for address, size in [(icon["src"], icon["sizes"]) for icon in icons] + [
        (named[0], "192x192"),
        (named[1], "96x96"),
    ]:
        with client.get(address) as found:
            picture = found.get_data()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
        assert f"{width}x{height}" == size


def test_the_app_begins_on_a_page_of_its_own(stranger: Browser) -> None:
    """B14: where a phone opens the start page instead of the message, the start page leads on."""
    stranger.open("/app")
    assert stranger.status == 200
    assert "届いた通知を押すと、連絡が開きます。" in stranger.words
    assert "web-app.js" in stranger.html


def test_a_guardians_page_names_the_manifest_and_makes_the_worker_ready(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.reading = make_reading(houses.members[:2])
    tags = stranger.open("/r/good").read().tags
    assert ("link", {"rel": "manifest", "href": "/manifest.webmanifest"}) in tags
    (script,) = (given["src"] for tag, given in tags if tag == "script")
    with stranger.client.get(script) as answer:
        assert '"/service-worker.js"' in answer.get_data(as_text=True)


def test_staff_screens_have_no_service_worker(deputy: Browser) -> None:
    deputy.open("/messages")
    assert "manifest" not in deputy.html
    assert "web-app.js" not in deputy.html
