"""A talk's message as LINE's own objects: a bubble with school, title, text, buttons.

A template would end at 60 letters.
"""

from __future__ import annotations

from linebot.v3.messaging import (
    Action,
    FlexBox,
    FlexBubble,
    FlexButton,
    FlexMessage,
    FlexSeparator,
    FlexText,
    PostbackAction,
    QuickReply,
    QuickReplyItem,
    TextMessage,
    URIAction,
)

from common.terms import TERMS_VERSION
from dispatch_line.domain.content import (
    AGREE,
    AGREE_LABEL,
    ON_PAGE_LABEL,
    REGISTER,
    REGISTER_LABEL,
    TERMS_LABEL,
    Button,
    TalkMessage,
    TalkReply,
)

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


def reply_message(reply: TalkReply) -> TextMessage | FlexMessage:
    """Return the message that answers in a talk."""
    if reply.terms is not None:
        return _agreeing(reply.text, reply.terms, reply.link)
    if reply.link is not None:
        return _linking(reply.text, reply.link)
    return TextMessage(text=reply.text, quickReply=_quick_reply() if reply.button else None)


def _quick_reply() -> QuickReply:
    action = PostbackAction(label=REGISTER_LABEL, data=REGISTER, displayText=REGISTER_LABEL)
    return QuickReply(items=[QuickReplyItem(action=action)])


def _agreeing(text: str, terms: str, link: str | None) -> FlexMessage:
    read = URIAction(label=TERMS_LABEL, uri=terms)
    data = f"{AGREE}:{TERMS_VERSION}"
    agree = PostbackAction(
        label=AGREE_LABEL,
        data=data,
        displayText=AGREE_LABEL,
    )
    buttons = [_press(read, "link"), _press(agree, "primary")]
    if link is not None:
        on_page = URIAction(label=ON_PAGE_LABEL, uri=link)
        buttons.append(_press(on_page, "link"))
    return _with_buttons(text, buttons)


def _linking(text: str, link: str) -> FlexMessage:
    action = URIAction(label=REGISTER_LABEL, uri=link)
    return _with_buttons(text, [_press(action, "primary")])


def _with_buttons(text: str, buttons: list[FlexButton]) -> FlexMessage:
    said = FlexText(text=text, size="md", wrap=True)
    body = FlexBox(layout="vertical", contents=[said])
    footer = FlexBox(layout="vertical", spacing="sm", contents=buttons)
    bubble = FlexBubble(body=body, footer=footer)
    return FlexMessage(altText=text, contents=bubble)


def _press(action: Action, style: str) -> FlexButton:
    return FlexButton(action=action, style=style, color=_BLUE, height="md")


def _button(button: Button) -> FlexButton:
    action = PostbackAction(label=button.label, data=button.data, displayText=button.label)
    return _press(action, "link")
