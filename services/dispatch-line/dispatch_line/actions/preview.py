"""How a message will look in a talk, before it is sent: the same words and the same code as the
real one.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_line.domain.content import Content, talk_message

NO_SECRET = b""  # what buttons carry is not shown


@dataclass(frozen=True, slots=True)
class Preview:
    """What a talk shows; `buttons` by their labels."""

    alt_text: str
    school: str
    title: str
    text: str
    buttons: list[str]


def preview_talk(content: Content) -> Preview:
    """Return a message as all its recipients will see it."""
    message = talk_message(content, NO_SECRET)
    labels = [button.label for button in message.buttons]
    return Preview(message.alt_text, message.school, message.title, message.text, labels)
