"""What a page weighs, and what is sent compressed: files, but no page with tokens (BREACH)."""

from __future__ import annotations

import gzip

import pytest
from browser import Browser
from fake_houses import FakeHouses
from flask.testing import FlaskClient
from town_school import make_reading

# Cold, and for a browser that takes nothing compressed.
HOME_BYTES, GUARDIAN_BYTES = 120_000, 20_000
TAKES_GZIP = {"Accept-Encoding": "gzip, br"}


def weight(browser: Browser) -> int:
    """Return the bytes of the page and of every file that it names, each once."""
    attributes = {"link": "href", "script": "src", "img": "src", "use": "href"}
    named = {given.get(attributes.get(tag, "")) for tag, given in browser.read().tags}
    files = {
        address.partition("#")[0] for address in named if address and address.startswith("/static/")
    }
    total = len(browser.html.encode())
    for address in files:
        with browser.client.get(address) as answer:
            assert answer.status_code == 200, address
            total += len(answer.get_data())
    return total


def test_home_is_light(deputy: Browser) -> None:
    deputy.open("/")
    assert 20_000 < weight(deputy) < HOME_BYTES


def test_a_guardians_page_is_lighter_still(houses: FakeHouses, stranger: Browser) -> None:
    houses.reading = make_reading(houses.members[:2])
    stranger.open("/r/good")
    assert 3_000 < weight(stranger) < GUARDIAN_BYTES


@pytest.mark.parametrize("name", ["bootstrap.css", "theme.css", "icons.svg", "js/page.js"])
def test_files_are_sent_compressed_to_who_takes_it(client: FlaskClient, name: str) -> None:
    with (
        client.get(f"/static/{name}") as plain,
        client.get(f"/static/{name}", headers=TAKES_GZIP) as small,
    ):
        assert "Content-Encoding" not in plain.headers
        assert small.headers["Content-Encoding"] == "gzip"
        assert len(small.get_data()) < len(plain.get_data())
        assert gzip.decompress(small.get_data()) == plain.get_data()
        assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
        assert int(small.headers["Content-Length"]) == len(small.get_data())


def test_a_file_that_the_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    with client.get("/static/theme.css", headers=TAKES_GZIP) as first:
        etag = first.headers["ETag"]
    with client.get("/static/theme.css", headers=TAKES_GZIP | {"If-None-Match": etag}) as again:
        assert (again.status_code, again.get_data()) == (304, b"")


def test_a_part_of_a_file_is_sent_as_it_is(client: FlaskClient) -> None:
    with client.get("/static/theme.css", headers=TAKES_GZIP | {"Range": "bytes=0-9"}) as part:
        assert (part.status_code, len(part.get_data())) == (206, 10)
        assert "Content-Encoding" not in part.headers


@pytest.mark.parametrize("path", ["/sign-in", "/r/good", "/u/good"])
def test_pages_with_tokens_are_never_compressed(
    houses: FakeHouses, client: FlaskClient, path: str
) -> None:
    houses.reading = make_reading(houses.members[:2])
    answer = client.get(path, headers=TAKES_GZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
