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
    QuickReply,
    QuickReplyItem,
    TextMessage,
    URIAction,
)

from dispatch_line.domain.content import (
    REGISTER,
    REGISTER_LABEL,
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
    if reply.link is not None:
        return _linking(reply.text, reply.link)
    return TextMessage(text=reply.text, quickReply=_quick_reply() if reply.button else None)


def _quick_reply() -> QuickReply:
    action = PostbackAction(label=REGISTER_LABEL, data=REGISTER, displayText=REGISTER_LABEL)
    return QuickReply(items=[QuickReplyItem(action=action)])


def _linking(text: str, link: str) -> FlexMessage:
    action = URIAction(label=REGISTER_LABEL, uri=link)
    body = FlexBox(layout="vertical", contents=[FlexText(text=text, size="md", wrap=True)])
    button = FlexButton(action=action, style="primary", color=_BLUE, height="md")
    footer = FlexBox(layout="vertical", contents=[button])
    return FlexMessage(altText=text, contents=FlexBubble(body=body, footer=footer))


def _button(button: Button) -> FlexButton:
    action = PostbackAction(label=button.label, data=button.data, displayText=button.label)
    return FlexButton(action=action, style="link", color=_BLUE, height="md")
