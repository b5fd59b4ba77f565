"""操作ログ: who did what, to whom or with what, when (ID-9).

It is narrowed, put on paper and given as a file; for administrators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request

from common.answers.directory import DeletedGroup, ListedGroup, NamedMember
from common.answers.identity import OperationOut, OperationPageOut
from common.answers.messaging import CategoryOut, NamedMessage
from common.operations import MESSAGE_FILED
from common.rights import Right
from common.web.client import every_page
from common.words import PrintedList
from gateway.clients import LOOK_UP_LIMIT
from gateway.domain.log import ACTOR_WORDS, KIND_WORDS
from gateway.domain.log_filter import LogFilter, read_filter
from gateway.domain.log_lines import Names, lines_of, members_in, staff_without_account, targets_in
from gateway.domain.log_workbook import write_log
from gateway.domain.menu import RECORDS, Under
from gateway.pages import door, errors, ways
from gateway.pages.door import page
from gateway.pages.files import give_workbook

blueprint = Blueprint("operation_log", __name__)
PER_PAGE = 50
# Lines on one page for paper: some 60 sheets.
WHOLE = 2_000
Operations = Sequence[OperationOut]


@blueprint.get("/operation-log")
@page(Right.LOG_SEE, title="操作ログ", menu=Under(RECORDS))
def operations() -> Any:
    """List the school's operations, or with `whole` all that the filters leave, for paper.

    The log keeps that somebody took it for paper.
    """
    is_whole = request.args.get("whole") == "1"
    if is_whole:
        ways.demand_no_other_site()
    chosen = read_filter(request.args)
    accounts = account_names()
    after = request.args.get("after") or None
    found, following = _read_whole(chosen) if is_whole else _read_page(chosen, after)
    if is_whole:
        door.person().identity.note_printed(PrintedList.OPERATION_LOG, len(found))
    names = names_for(found, accounts)
    lines = lines_of(
        found,
        names,
        door.visitor().words,
    )
    other_actors = {kind: words for kind, words in ACTOR_WORDS.items() if kind != "staff"}
    return render_template(
        "staff/operation_log.html",
        lines=lines,
        next=following,
        is_first=after is None,
        is_whole=is_whole,
        whole_limit=WHOLE,
        chosen=chosen,
        shown=chosen.say(accounts, door.visitor().words),
        accounts=accounts,
        kinds=KIND_WORDS,
        other_actors=other_actors,
    )


@blueprint.post("/operation-log/export.xlsx")
@page(Right.LOG_SEE)
def export() -> Any:
    """Give what the filters leave as an Excel file; the log keeps that somebody took it."""
    chosen = read_filter(request.form)
    accounts = account_names()
    found = door.person().identity.export_operation_log(chosen.wanted())
    names = names_for(found["items"], accounts)
    who = door.visitor()
    content = write_log(
        lines_of(found["items"], names, who.words),
        school=who.school["name"],
        shown=chosen.say(accounts, door.visitor().words),
        left_off=found["left_off"],
    )
    return give_workbook(content, "操作ログ")


def _read_page(chosen: LogFilter, after: str | None) -> tuple[Operations, str | None]:
    found = door.person().identity.operation_log(chosen.wanted(), after=after, limit=PER_PAGE)
    return found["items"], found["next"]


def _read_whole(chosen: LogFilter) -> tuple[Operations, str | None]:
    """Return what the filters leave up to WHOLE lines, and something where there are older ones."""
    identity = door.person().identity

    def fetch(after: str | None) -> OperationPageOut:
        return identity.operation_log(chosen.wanted(), after=after, limit=LOOK_UP_LIMIT)

    found = list(islice(every_page(fetch), WHOLE + 1))
    following = "more" if len(found) > WHOLE else None
    return found[:WHOLE], following


def account_names() -> dict[str, str]:
    """Return account → name; nothing while identity does not tell."""
    return errors.answer_or(door.person().identity.account_names, {})


def names_for(found: Operations, accounts: Mapping[str, str]) -> Names:
    """Ask for the names of what these operations speak of.

    What a house does not tell stays a number; a house of which nothing is needed is not asked.
    """
    ask = door.person()
    groups: list[ListedGroup] = []
    deleted: list[DeletedGroup] = []
    messages: dict[str, NamedMessage] = {}
    members: dict[str, NamedMember] = {}
    if targets_in(found, "group"):
        groups = errors.answer_or(ask.directory.groups, groups)
        deleted = errors.answer_or(ask.directory.deleted_groups, deleted)
    message_ids = targets_in(found, "message")
    if message_ids:
        messages = errors.answer_or(lambda: ask.messaging.name_messages(message_ids), messages)
    member_ids = members_in(found)
    if accounts:
        member_ids += staff_without_account(found, accounts)
    if member_ids:
        members = errors.answer_or(
            lambda: ask.directory.look_up(member_ids, with_deleted=True), members
        )
    categories = _category_names() if _speak_of_categories(found) else {}
    paths = {group["id"]: group["path"] for group in groups}
    gone = {group["id"]: group["path"] for group in deleted}
    return Names(
        accounts=accounts,
        groups=paths,
        deleted_groups=gone,
        categories=categories,
        messages=messages,
        members=members,
    )


def _speak_of_categories(found: Operations) -> bool:
    is_filed = any(each["action"] == MESSAGE_FILED.name for each in found)
    return is_filed or bool(targets_in(found, "category"))


def _category_names() -> dict[str, str]:
    listed: list[CategoryOut] = []
    listed = errors.answer_or(door.person().messaging.categories, listed)
    return {each["id"]: each["name"] for each in listed}
