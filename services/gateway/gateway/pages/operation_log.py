"""操作ログ: who did what, to whom or with what, when; narrowed, on paper, and as a file; for administrators (ID-9)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from flask import Blueprint, render_template, request, send_file

from common import clock
from common.errors import ServiceError, Unauthenticated
from common.web.client import every_page
from gateway.clients import LOOK_UP_LIMIT, XLSX
from gateway.domain.log import ACTOR_WORDS, KIND_WORDS
from gateway.domain.log_filter import LogFilter, read_filter
from gateway.domain.log_lines import Names, lines_of, members_in, staff_without_account, targets_in
from gateway.domain.log_workbook import write_log
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("operation_log", __name__)
PER_PAGE = 50
WHOLE = 2_000  # on one page for paper: some 60 sheets
Operations = Sequence[Mapping[str, Any]]
Found = TypeVar("Found")


@blueprint.get("/operation-log")
@page("log.see")
def operations() -> Any:
    """List the school's operations, or with `whole` all that the filters leave, for paper."""
    chosen, accounts = read_filter(request.args), _account_names()
    after = request.args.get("after") or None
    is_whole = request.args.get("whole") == "1"
    found, following = _read_whole(chosen) if is_whole else _read_page(chosen, after)
    return render_template(
        "operation_log.html",
        lines=lines_of(found, _names_for(found, accounts), door.visitor().pupil_word),
        next=following,
        is_first=after is None,
        is_whole=is_whole,
        whole_limit=WHOLE,
        chosen=chosen,
        shown=chosen.say(accounts),
        accounts=accounts,
        kinds=KIND_WORDS,
        other_actors={kind: words for kind, words in ACTOR_WORDS.items() if kind != "staff"},
    )


@blueprint.post("/operation-log/export.xlsx")
@page("log.see")
def export() -> Any:
    """Give what the filters leave as an Excel file; the log keeps that somebody took it."""
    chosen, accounts = read_filter(request.form), _account_names()
    found = door.person().export_operation_log(chosen.wanted())
    lines = lines_of(found["items"], _names_for(found["items"], accounts), door.visitor().pupil_word)
    school, shown = str(door.visitor().school["name"]), chosen.say(accounts)
    content = write_log(lines, school=school, shown=shown, left_off=found["left_off"])
    name = f"操作ログ_{clock.today():%Y%m%d}.xlsx"
    return send_file(io.BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def _read_page(chosen: LogFilter, after: str | None) -> tuple[Operations, str | None]:
    found = door.person().operation_log(chosen.wanted(), after=after, limit=PER_PAGE)
    return found["items"], found["next"]


def _read_whole(chosen: LogFilter) -> tuple[Operations, str | None]:
    """Return what the filters leave up to WHOLE lines, and something where there are older ones."""

    def fetch(after: Any) -> Any:
        return door.person().operation_log(chosen.wanted(), after=after, limit=LOOK_UP_LIMIT)

    found = list(islice(every_page(fetch), WHOLE + 1))
    return found[:WHOLE], "more" if len(found) > WHOLE else None


def _account_names() -> dict[str, str]:
    return _or(door.person().account_names, {})


def _names_for(found: Operations, accounts: Mapping[str, str]) -> Names:
    """Ask for the names of what these operations speak of; what a house does not tell stays a number."""
    ask = door.person()
    message_ids = targets_in(found, "message")
    member_ids = [*members_in(found), *(staff_without_account(found, accounts) if accounts else ())]
    no_groups: list[dict[str, Any]] = []
    groups = _or(ask.groups, no_groups) if targets_in(found, "group") else no_groups
    return Names(
        accounts=accounts,
        groups={group["id"]: group["path"] for group in groups},
        messages=_or(lambda: ask.name_messages(message_ids), {}) if message_ids else {},
        members=_or(lambda: ask.look_up(member_ids), {}) if member_ids else {},
    )


def _or(ask: Callable[[], Found], nothing: Found) -> Found:
    """Return what a house tells, or nothing while it is away or does not tell this person: the log is readable without."""
    try:
        return ask()
    except Unauthenticated:
        raise
    except ServiceError:
        return nothing
