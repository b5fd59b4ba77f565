"""A browser in words, for the list of own sessions: a person knows 「iPhone・Safari」 again."""

from __future__ import annotations

# The first that fits; who says Chrome says Safari too, and who says Android says Linux.
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def say_browser(user_agent: str) -> str:
    """Return device and browser in words; what is neither is left out."""
    known = [_first_in(user_agent, names) for names in (_DEVICES, _BROWSERS)]
    return "・".join(word for word in known if word)


def _first_in(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    for sign, word in names:
        if sign in user_agent:
            return word
    return ""
