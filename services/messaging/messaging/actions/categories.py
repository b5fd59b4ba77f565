"""A school's own categories: add, change, move, retire, and file messages under them (MSG-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.operations import (
    CATEGORY_CHANGED,
    CATEGORY_CREATED,
    CATEGORY_MOVED,
    CATEGORY_RESTORED,
    CATEGORY_RETIRED,
    MESSAGE_FILED,
)
from messaging import events
from messaging.actions.drafts import lock_own
from messaging.domain.errors import (
    CategoryChanged,
    CategoryTaken,
    CategoryUnknown,
    NoCategory,
    NotYetSent,
    TooManyCategories,
)
from messaging.domain.people import Actor
from messaging.domain.states import MessageState
from messaging.store import catalogue
from messaging.store.models import Category, Message

# Those that are used no more count, too: a choice of more finds nothing again.
MOST_CATEGORIES = 100
list_categories = catalogue.list_categories


@dataclass(frozen=True, slots=True)
class CategoryEdit:
    """What was typed about a category. `version`: of the one that was read before."""

    content: Mapping[str, Any]
    version: int


def put_categories(
    session: Session, school_id: UUID, items: Sequence[dict[str, Any]], *, now: datetime
) -> Sequence[Category]:
    """Make the school's list of categories this one, known again by their ids, or their names.

    One that is not in it is retired: its messages keep it.
    """
    held = catalogue.lock_categories(session, school_id)
    by_id = {category.id: category for category in held}
    by_name = {category.name: category for category in held}
    listed: list[Category] = []
    for item in items:
        category = by_id.get(item["id"]) or by_name.get(item["name"])
        if category is None:
            category = Category(
                id=item["id"] or uuid4(),
                school_id=school_id,
                version=1,
            )
        values = {
            "name": item["name"],
            "mark": item["mark"],
            "colour": item["colour"],
            "default_button": item["default_button"],
            "position": len(listed),
            "retired_at": None,
        }
        _write(session, category, values)
        listed.append(category)
    for category in held:
        is_listed = category in listed
        if not is_listed and category.retired_at is None:
            category.retired_at = now
    session.flush()
    return catalogue.list_categories(session, school_id)


def add_category(session: Session, actor: Actor, content: Mapping[str, Any]) -> Category:
    """Add a category at the end of the list. Raise CategoryTaken, TooManyCategories."""
    held = catalogue.lock_categories(session, actor.school_id)
    if len(held) >= MOST_CATEGORIES:
        raise TooManyCategories(MOST_CATEGORIES)
    _demand_free(held, content["name"], None)
    last = max((category.position for category in held), default=-1)
    category = Category(
        id=uuid4(),
        school_id=actor.school_id,
        version=1,
    )
    placed = {**content, "position": last + 1}
    _write(session, category, placed)
    events.record_category(
        session,
        category,
        CATEGORY_CREATED,
        actor,
    )
    return category


def change_category(
    session: Session, actor: Actor, category_id: UUID, edit: CategoryEdit
) -> Category:
    """Rename a category, or give it another mark or colour. Messages that have it show the new one.

    Raise NoCategory, CategoryTaken; CategoryChanged when it is not the one that was read.
    """
    held = catalogue.lock_categories(session, actor.school_id)
    category = _find(held, category_id)
    changed = [name for name, value in edit.content.items() if getattr(category, name) != value]
    if not changed:
        # Somebody else made the same change, or the answer to a save was lost.
        return category
    if category.version != edit.version:
        raise CategoryChanged()
    if "name" in changed:
        _demand_free(held, edit.content["name"], category)
    _write(session, category, {**edit.content, "version": category.version + 1})
    events.record_category(
        session,
        category,
        CATEGORY_CHANGED,
        actor,
        fields=changed,
    )
    return category


def move_category(session: Session, actor: Actor, category_id: UUID, *, up: bool) -> None:
    """Let a category change places with the one before or behind it, as they stand now.

    Two who move at once both get what they pressed; at an end of the list it stays. Raise
    NoCategory.
    """
    held = catalogue.lock_categories(session, actor.school_id)
    category = _find(held, category_id)
    used = [each for each in held if each.retired_at is None]
    if category not in used:
        return
    place = used.index(category)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(used):
        return
    used[place], used[other] = used[other], used[place]
    retired = [each for each in held if each.retired_at is not None]
    for position, each in enumerate([*used, *retired]):
        each.position = position
    events.record_category(session, category, CATEGORY_MOVED, actor)


def retire_category(
    session: Session, actor: Actor, category_id: UUID, *, now: datetime
) -> Category:
    """Let nobody choose a category any more; messages keep it. Raise NoCategory."""
    category = _find(catalogue.lock_categories(session, actor.school_id), category_id)
    if category.retired_at is None:
        category.retired_at = now
        events.record_category(session, category, CATEGORY_RETIRED, actor)
    return category


def restore_category(session: Session, actor: Actor, category_id: UUID) -> Category:
    """Let a category be chosen again, at the end of the list. Raise NoCategory."""
    held = catalogue.lock_categories(session, actor.school_id)
    category = _find(held, category_id)
    if category.retired_at is not None:
        category.retired_at = None
        category.position = held[-1].position + 1
        events.record_category(session, category, CATEGORY_RESTORED, actor)
    return category


def file_message(
    session: Session,
    actor: Actor,
    message_id: UUID,
    category_id: UUID | None,
    *,
    instead_of: UUID | None,
) -> Message:
    """File a sent message under another category, or under none.

    `instead_of`: the category that was seen before. Raise CategoryChanged when it has another by
    now; NotYetSent for a draft, which is written as a whole; CategoryUnknown, NotOwn.
    """
    message = lock_own(session, actor, message_id)
    if message.state == MessageState.DRAFT:
        raise NotYetSent()
    former_id = message.category_id
    if former_id == category_id:
        return message
    if former_id != instead_of:
        raise CategoryChanged()
    if category_id is not None:
        category = catalogue.find_category(session, actor.school_id, category_id)
        if category is None or category.retired_at is not None:
            raise CategoryUnknown()
    message.category_id = category_id
    session.flush()
    events.record_operation(
        session,
        message,
        MESSAGE_FILED,
        actor=("staff", actor.account_id),
        category_id=category_id,
        former_id=former_id,
    )
    return message


def _find(held: Sequence[Category], category_id: UUID) -> Category:
    for category in held:
        if category.id == category_id:
            return category
    raise NoCategory()


def _demand_free(held: Sequence[Category], name: str, but: Category | None) -> None:
    for category in held:
        if category is not but and category.name == name:
            raise CategoryTaken(name, retired=category.retired_at is not None)


def _write(session: Session, category: Category, values: Mapping[str, Any]) -> None:
    if not catalogue.write_category(session, category, values):
        # Somebody took the name in this moment: rows that are not there yet can't be held.
        raise CategoryTaken(values["name"])
