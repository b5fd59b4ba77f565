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
    paper,
    phone_list,
    progress,
    readings,
    roster_import,
    search,
    sign_in,
    unsubscribe,
    web_app,
)
from gateway.pages.operator import board as operator_board
from gateway.pages.operator import clocks as operator_clocks
from gateway.pages.operator import endings as operator_endings
from gateway.pages.operator import schools as operator_schools
from gateway.pages.operator import sign_in as operator_sign_in

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
        search,
        operation_log,
        paper,
        help,
        readings,
        unsubscribe,
        web_app,
        operator_sign_in,
        operator_board,
        operator_schools,
        operator_endings,
        operator_clocks,
    )
)
# No form token is asked where the link itself is the right, and there is no session to forge: mail
# programs press the one-click link without a page (RFC 8058), and a phone whose browser keeps no
# cookies must be able to confirm.
EXEMPT = (unsubscribe.stop, unsubscribe.resume, readings.confirm)
