"""A talk's message as LINE's own objects: a bubble with school, title, text, buttons.

A template would end at 60 letters.
"""

from __future__ import annotations

from linebot.v3.messaging import (
    FlexBox,
    FlexBubble,
    FlexButton,
    FlexMessage,
    FlexSeparator,
    FlexText,
    PostbackAction,
)

from dispatch_line.domain.content import Button, TalkMessage

_BLUE = "#1d5a96"


def bubble(message: TalkMessage) -> FlexMessage:
    """Return the message that a multicast carries."""
    head = (
        [FlexText(text=message.school, size="sm", color="#555555", wrap=True)]
        if message.school
        else []
    )
    title = FlexText(text=message.title, weight="bold", size="lg", wrap=True)
    text = (
        [FlexSeparator(margin="md"), FlexText(text=message.text, size="md", wrap=True, margin="md")]
        if message.text
        else []
    )
    body = FlexBox(
        layout="vertical",
        spacing="sm",
        contents=[*head, title, *text],
    )
    footer = FlexBox(
        layout="vertical",
        spacing="sm",
        contents=[_button(button) for button in message.buttons],
    )
    return FlexMessage(altText=message.alt_text, contents=FlexBubble(body=body, footer=footer))


def _button(button: Button) -> FlexButton:
    action = PostbackAction(label=button.label, data=button.data, displayText=button.label)
    return FlexButton(action=action, style="link", color=_BLUE, height="md")
