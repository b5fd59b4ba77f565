"""Pages: parse, ask the other houses, render. No rules and no storage.

One wing for each reader: staff, guardian, operator, and public for everybody. The templates lie in
the same four folders.
"""

from types import ModuleType

from gateway.pages.guardian import (
    family_links,
    my_apps,
    my_page,
    my_points,
    readings,
    registration,
    registration_apps,
    registration_mails,
    unsubscribe,
    web_app,
)
from gateway.pages.operator import (
    accesses,
    clocks,
    endings,
    new_school,
    operators,
    school_changes,
    schools,
)
from gateway.pages.operator import board as operator_board
from gateway.pages.operator import recoveries as operator_recoveries
from gateway.pages.operator import sign_in as operator_sign_in
from gateway.pages.public import help
from gateway.pages.staff import (
    accounts,
    alarms,
    categories,
    choices,
    city,
    compose,
    confirm,
    deletions,
    factors,
    families,
    groups,
    home,
    joining,
    member_forms,
    members,
    memberships,
    messages,
    moves,
    operation_log,
    own,
    paper,
    passwords,
    phone_list,
    progress,
    proofs,
    reachability,
    registrations,
    reviews,
    roster_import,
    search,
    settings,
    sheet_of_child,
    sheets,
    sign_in,
    staff_import,
    steps,
    year_change,
)

# A menu shows its pages in the order of their rooms here (`frame.pages_with_a_place`).
ROOMS: tuple[ModuleType, ...] = (
    sign_in,
    city,
    steps,
    proofs,
    home,
    compose,
    messages,
    confirm,
    progress,
    phone_list,
    members,
    member_forms,
    families,
    choices,
    joining,
    deletions,
    moves,
    groups,
    memberships,
    roster_import,
    staff_import,
    year_change,
    reachability,
    sheets,
    sheet_of_child,
    registrations,
    search,
    operation_log,
    settings,
    categories,
    accounts,
    passwords,
    reviews,
    alarms,
    own,
    factors,
    paper,
    help,
    readings,
    unsubscribe,
    web_app,
    my_page,
    my_points,
    my_apps,
    family_links,
    registration,
    registration_mails,
    registration_apps,
    operator_sign_in,
    operator_board,
    schools,
    new_school,
    school_changes,
    operator_recoveries,
    endings,
    accesses,
    clocks,
    operators,
)
BLUEPRINTS = tuple(room.blueprint for room in ROOMS)
# No form token is asked where the link itself is the right, and there is no session to forge: mail
# programs press the one-click link without a page (RFC 8058), and a phone whose browser keeps no
# cookies must be able to confirm.
EXEMPT = (unsubscribe.stop, unsubscribe.resume, readings.confirm)
