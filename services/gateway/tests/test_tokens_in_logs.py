"""An address that is itself a right stands in no log, neither ours nor the edge's (trust.md)."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from common.logs import scrub

EDGE = Path(__file__).parents[3] / "deploy" / "nginx" / "renraku.conf"
TOKEN = "A2kR7-xq_0Zb9fLm"
RIGHTS = ("<string:token>", "<string:link>")
KNOWN = {"string:slug", "string:token", "string:link"}


def addresses(app: Flask) -> list[str]:
    """Return the address of each page that is opened by what stands in it."""
    found = []
    for rule in app.url_map.iter_rules():
        for right in RIGHTS:
            if right in rule.rule:
                found.append(rule.rule.replace(right, TOKEN))
    return found


def test_our_logs_hold_no_token(app: Flask) -> None:
    shown = [scrub(address) for address in addresses(app)]
    assert len(shown) >= 5
    assert not [address for address in shown if TOKEN in address]


def test_the_edges_log_holds_no_token(app: Flask) -> None:
    line = re.search(r"^map \$uri \$shown_path \{\n\s+~(\S+)", EDGE.read_text("utf-8"), re.M)
    assert line is not None
    hidden = re.compile(line[1].replace("?<room>", "?P<room>"))
    seen = [address for address in addresses(app) if not hidden.match(address)]
    assert seen == []


def test_every_word_in_an_address_is_known_here(app: Flask) -> None:
    """A right of another name in an address would pass by the two above."""
    words = set()
    for rule in app.url_map.iter_rules():
        words.update(re.findall(r"<(string:\w+)>", rule.rule))
    assert words == KNOWN
