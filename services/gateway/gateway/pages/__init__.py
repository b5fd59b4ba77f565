"""Pages: parse, ask the other houses, render. No rules and no storage."""

from gateway.pages import (
    compose,
    confirm,
    groups,
    help,
    home,
    members,
    messages,
    operation_log,
    phone_list,
    progress,
    readings,
    roster_import,
    sign_in,
    unsubscribe,
    web_app,
)

BLUEPRINTS = tuple(
    room.blueprint
    for room in (
        sign_in,
        home,
        messages,
        compose,
        confirm,
        progress,
        phone_list,
        roster_import,
        members,
        groups,
        operation_log,
        help,
        readings,
        unsubscribe,
        web_app,
    )
)
# Mail programs press the one-click link themselves (RFC 8058): they have no page and so no token.
EXEMPT = (unsubscribe.stop,)
