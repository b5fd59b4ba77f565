"""Lines of the operation log as people read them: who did what, to whom or with what, when (ID-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.answers.directory import NamedMember
from common.answers.identity import OperationOut
from common.answers.messaging import NamedMessage
from common.operations import MESSAGE_FILED
from common.words import SchoolWords
from gateway.domain import dates
from gateway.domain.audience import say_person
from gateway.domain.log import ACTOR_WORDS, action_words, detail_words


@dataclass(frozen=True, slots=True)
class Names:
    """What the log's ids mean, as far as who looks may see it and the houses answer.

    `accounts`, `groups`, `deleted_groups`, `categories`: id → name. `messages`, `members`: id → what
    messaging and directory tell of it. An id without a name stays a number.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    deleted_groups: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, NamedMessage] = field(default_factory=dict)
    members: Mapping[str, NamedMember] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line. `whom`: whose or which; `page`: where more of it stands, with its id ("" = nowhere)."""

    at: datetime
    last_at: datetime
    who: str
    what: str
    whom: str
    more: str
    page: str = ""
    page_id: str = ""


def members_in(operations: Iterable[OperationOut]) -> list[str]:
    """Return the ids of the people of the roster whom these lines speak of."""
    found: list[str] = []
    for operation in operations:
        if operation["target_kind"] == "member" and operation["target_id"]:
            found.append(operation["target_id"])
        found += _members_of(operation["details"])
    return list(dict.fromkeys(found))


def staff_without_account(
    operations: Iterable[OperationOut], accounts: Mapping[str, str]
) -> list[str]:
    """Return the ids of colleagues who never sign in.

    They act by a link of a mail, as people of the roster.
    """
    by_staff = [each for each in operations if each["actor_kind"] == "staff"]
    acted = {each["actor_id"] for each in by_staff if each["actor_id"]}
    return sorted(acted - set(accounts))


def targets_in(operations: Iterable[OperationOut], kind: str) -> list[str]:
    """Return the ids of one kind of thing that something was done to."""
    found = [
        each["target_id"]
        for each in operations
        if each["target_kind"] == kind and each["target_id"]
    ]
    return list(dict.fromkeys(found))


def lines_of(operations: Sequence[OperationOut], names: Names, words: SchoolWords) -> list[LogLine]:
    """Return operations as lines; `words`: what the school calls its own."""
    return [_line_of(operation, names, words) for operation in operations]


def _line_of(operation: OperationOut, names: Names, words: SchoolWords) -> LogLine:
    page, page_id = _page_of(operation, names)
    action = operation["action"]
    details = operation["details"]
    reason = operation["reason"]
    more = "" if operation["folded"] else detail_words(details, words)
    if action == MESSAGE_FILED.name:
        more = _filing(details, names)
    if reason:
        more = f"{more}　理由：{reason}".strip()
    at = dates.as_moment(operation["at"])
    last_at = dates.as_moment(operation["last_at"])
    who = _who(operation, names)
    what = action_words(action)
    whom = _whom(operation, names)
    return LogLine(
        at=at,
        last_at=last_at,
        who=words.say(who),
        what=words.say(what),
        whom=whom,
        more=more,
        page=page,
        page_id=page_id,
    )


def _filing(details: Mapping[str, Any], names: Names) -> str:
    """Say from which category a message came to which: 学校行事 → 保健."""
    former, new = (_category(details.get(key), names) for key in ("former_id", "category_id"))
    return f"{former} → {new}"


def _category(category_id: Any, names: Names) -> str:
    if not isinstance(category_id, str):
        return "カテゴリなし"
    return names.categories.get(category_id) or _numbered(category_id)


def _who(operation: OperationOut, names: Names) -> str:
    kind = operation["actor_kind"]
    kind_words = ACTOR_WORDS.get(kind, kind)
    if operation["folded"]:
        heads = operation["folded"] + 1
        return f"{kind_words} のべ {heads}人"
    actor_id = operation["actor_id"] or ""
    if actor_id in names.accounts:
        return names.accounts[actor_id]
    if actor_id in names.members:
        return names.members[actor_id]["display_name"]
    return kind_words


def _whom(operation: OperationOut, names: Names) -> str:
    """Say whose or which it was; nothing for what a person did to nobody else, such as a sign-in."""
    kind = operation["target_kind"]
    target_id = operation["target_id"] or ""
    if not target_id or target_id == operation["actor_id"]:
        return ""
    if kind == "message":
        subject = _subject_of(names.messages.get(target_id), target_id)
        return f"{subject} {_people_in(operation, names)}".rstrip()
    if kind == "contact_point":
        people = _people_in(operation, names)
        named = f"{people} の受信先" if people else ""
    elif kind == "account":
        named = names.accounts.get(target_id, "")
    elif kind == "group":
        named = names.groups.get(target_id) or names.deleted_groups.get(target_id, "")
    elif kind == "category":
        named = names.categories.get(target_id, "")
    elif kind == "member":
        named = _people([target_id], names)
    else:
        return ""
    return named or _numbered(target_id)


def _subject_of(message: NamedMessage | None, message_id: str) -> str:
    if message is None:
        return _numbered(message_id)
    return f"「{message['subject']}」" if message["subject"] else "（件名なし）"


def _people_in(operation: OperationOut, names: Names) -> str:
    return _people(_members_of(operation["details"]), names)


def _people(ids: Iterable[str], names: Names) -> str:
    return "、".join(say_person(names.members[each]) for each in ids if each in names.members)


def _numbered(some_id: str) -> str:
    """Return what stands for a thing without a name: enough to find it, short enough to read out."""
    return f"番号 {some_id[:8]}"


def _members_of(details: Mapping[str, Any]) -> list[str]:
    listed = details.get("member_ids")
    ids = list(listed) if isinstance(listed, list) else []
    ids.append(details.get("member_id"))
    return [each for each in ids if isinstance(each, str)]


def _page_of(operation: OperationOut, names: Names) -> tuple[str, str]:
    kind = operation["target_kind"]
    target_id = operation["target_id"] or ""
    if kind == "message" and target_id in names.messages:
        is_draft = names.messages[target_id]["state"] == "draft"
        page = "" if is_draft else "message"
        return page, target_id
    if kind == "member" and target_id in names.members:
        is_gone = names.members[target_id]["deleted"]
        page = "" if is_gone else "member"
        return page, target_id
    if kind == "group" and target_id in names.groups:
        return "group", target_id
    if kind == "contact_point":
        return _page_of_point(operation, names)
    return "", ""


def _page_of_point(operation: OperationOut, names: Names) -> tuple[str, str]:
    """Return the page of the one child whose contact point it is; none for brothers and sisters."""
    members = _members_of(operation["details"])
    if len(members) == 1 and members[0] in names.members:
        is_gone = names.members[members[0]]["deleted"]
        return ("", "") if is_gone else ("member", members[0])
    return "", ""
