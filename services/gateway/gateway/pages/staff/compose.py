"""新しく作る: 種類 → 宛先 → 件名・本文 → いつ (MSG-1, MSG-4).

Everything works by plain forms; the script only saves on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import ListedGroup, ListedMember, NamedMember
from common.answers.messaging import MessageOut, TemplateOut
from common.errors import Invalid, NotFound, ServiceError
from common.rights import Right
from gateway.domain import audience, categories, dates, drafts
from gateway.domain.drafts import Typed
from gateway.domain.menu import SEND, Bar, Under
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("compose", __name__)
FOUND_CHILDREN = 20
MOST_CHOSEN = "1人ずつ選べるのは1,000人までです。学年・{class}やグループで選んでください。"
MEMBER_GONE = (
    "宛先に選んだ人の中に、名簿から削除された人がいます。宛先から外しました。"
    "宛先を確かめて、もう一度押してください。"
)
SHORT_TEXT_DROPPED = (
    "本文がひな形と変わったため、ひな形の「LINEと通知に出る短い文」は消しました。"
    "LINEと通知には、本文のはじめが出ます。"
)


@dataclass
class Shown:
    """What the form shows besides what was typed.

    `query`: whom somebody looks for; `asking`: the template that would write over what is typed;
    `sentence`: what is wrong, told beside the field that `wrong` names; `said`: what a template has
    settled; `is_dirty`: not saved yet.
    """

    query: str = ""
    asking: TemplateOut | None = None
    sentence: str = ""
    wrong: str = ""
    said: str = ""
    is_dirty: bool = False
    groups: list[ListedGroup] = field(default_factory=list)


@blueprint.get("/messages/new")
@page(Right.MESSAGES_SEND, menu=Under(SEND, "新しく作る"), bar=Bar("連絡を送る", "send"))
def new() -> Any:
    """Show an empty form: own class chosen for a 担任, nothing for 管理者.

    Nothing is stored by looking.
    """
    who = door.visitor()
    groups = door.person().directory.reach()
    is_urgent = request.args.get("lane") == "urgent" and who.may(Right.MESSAGES_SEND_URGENT)
    chosen = audience.preset(
        [group for group in groups if not group["former"]],
        who.own_groups,
        is_administrator=who.is_administrator,
    )
    typed = Typed(
        lane="urgent" if is_urgent else "normal",
        group_ids=tuple(chosen),
        new_id=str(uuid4()),
    )
    return _show(None, typed, Shown(groups=groups))


@blueprint.get("/messages/<uuid:message_id>/edit")
@page(Right.MESSAGES_SEND)
def edit(message_id: UUID) -> Any:
    """Go on with a draft; what is no draft any more is shown as it stands."""
    ask = door.person()
    message = ask.messaging.message(message_id)
    if message["state"] != "draft":
        shown = url_for("progress.message", message_id=message_id)
        return redirect(shown)
    typed = drafts.from_message(message)
    groups = ask.directory.reach()
    there = {group["id"] for group in groups}
    gone = set(typed.group_ids) - there
    if not gone:
        return _show(message_id, typed, Shown(groups=groups))
    refusal = Invalid("audience_group_gone", "Gone.", fields={"count": len(gone)})
    told = Shown(
        sentence=errors.say(refusal),
        wrong="audience",
        groups=groups,
    )
    return _show(message_id, typed, told)


@blueprint.post("/messages/new")
@page(Right.MESSAGES_SEND)
def begin() -> Any:
    """Take the form of a message that is not stored yet."""
    return _take(None)


@blueprint.post("/messages/<uuid:message_id>/edit")
@page(Right.MESSAGES_SEND)
def change(message_id: UUID) -> Any:
    """Take the form of a draft."""
    return _take(message_id)


def _take(message_id: UUID | None) -> Any:
    """Do what the pressed button says; 「Enter」 in the search box searches, elsewhere it saves."""
    typed = drafts.from_form(request.form)
    pressed = request.form.get("do", "enter")
    todo, _, which = pressed.partition(":")
    query = request.form.get("query", "").strip()
    if todo == "enter":
        todo = "find" if query else "save"
    if todo == "autosave":
        return _autosave(message_id, typed)
    if todo in ("apply", "replace", "append"):
        return _apply(message_id, typed, todo, which)
    if todo not in ("save", "confirm"):
        return _show(message_id, typed, Shown(query=query))
    try:
        if todo == "confirm":
            return _confirm(message_id, typed)
        return _save_by_hand(message_id, typed)
    except ServiceError as error:
        shown = Shown(sentence=_say(error), wrong=_field_of(error))
        return _show(message_id, typed, shown), error.status


def _field_of(error: ServiceError) -> str:
    """Return beside which field a refusal is told.

    One that is about none is told at the strip, which is always in sight.
    """
    if error.code != "invalid":
        return ""
    for name in ("audience", "subject", "body", "short_text"):
        if name in error.fields:
            return name
    return ""


def _save(message_id: UUID | None, typed: Typed) -> MessageOut:
    content = typed.content()
    if message_id is None:
        author = door.visitor().account["display_name"]
        new = {"id": typed.new_id or None, "kind": "notice", "created_by_name": author}
        return door.person().messaging.begin_draft({**content, **new})
    return door.person().messaging.save_draft(message_id, {**content, "version": typed.version})


def _save_by_hand(message_id: UUID | None, typed: Typed) -> Any:
    message = _save(message_id, typed)
    flash(f"下書きを保存しました（{dates.say_time(clock.now())}）。", "done")
    return redirect(url_for("compose.edit", message_id=message["id"]), 303)


def _confirm(message_id: UUID | None, typed: Typed) -> Any:
    """Save, freeze the audience, and go to the confirm screen; without an audience stay here."""
    template = _find_template(typed.template_id)
    checked = drafts.without_stray_short_text(typed, template)
    message = _save(message_id, checked)
    saved = replace(checked, version=message["version"])
    if not typed.has_audience:
        return _ask_for_audience(message, saved, "宛先を選んでください。"), 422
    try:
        snapshot_id = door.person().directory.make_snapshot(message)
    except ServiceError as error:
        return _ask_for_audience(message, saved, _say(error)), error.status
    if checked != typed:
        flash(SHORT_TEXT_DROPPED, "note")
    page = url_for(
        "confirm.confirm",
        message_id=message["id"],
        snapshot=snapshot_id,
    )
    return redirect(page, 303)


def _ask_for_audience(message: MessageOut, saved: Typed, sentence: str) -> str:
    shown = Shown(sentence=sentence, wrong="audience")
    return _show(UUID(message["id"]), saved, shown)


def _autosave(message_id: UUID | None, typed: Typed) -> Any:
    """Save for the script, and say what the strip over the form now says.

    What is saved is answered as saved, though the strip's words can't be had: the form must learn
    the draft's version.
    """
    try:
        message = _save(message_id, typed)
    except ServiceError as error:
        refusal = jsonify(
            error=_say(error),
            field=_field_of(error),
        )
        return refusal, error.status
    saved = {
        "version": message["version"],
        "action": url_for("compose.change", message_id=message["id"]),
        "saved": f"{dates.say_time(clock.now())} に保存しました",
    }
    try:
        strip = _strip(typed, door.person().directory.reach())
    except ServiceError:
        return jsonify(saved)
    return jsonify(**saved, strip=strip.words, count=strip.count)


def _find_template(template_id: str) -> TemplateOut | None:
    if not template_id:
        return None
    templates = door.person().messaging.templates()
    return next((each for each in templates if each["id"] == template_id), None)


def _apply(message_id: UUID | None, typed: Typed, todo: str, which: str) -> Any:
    """Put a template's text into the form; where something is typed already, ask first."""
    template = _find_template(which)
    if template is None:
        raise NotFound("template_unknown")
    is_its_own = typed.subject == template["subject"] and typed.body == template["body"]
    would_write_over = typed.has_text and not is_its_own
    if todo == "apply" and would_write_over:
        return _show(message_id, typed, Shown(asking=template))
    groups = door.person().directory.reach()
    settles = _settles(typed, template, groups)
    today = clock.today()
    applied = drafts.with_template(
        typed,
        template,
        settles,
        today=dates.say_day(today, today=today),
        append=todo == "append",
    )
    shown = Shown(
        said=settles.words,
        is_dirty=True,
        groups=groups,
    )
    return _show(message_id, applied, shown)


def _settles(typed: Typed, template: TemplateOut, groups: list[ListedGroup]) -> drafts.Settles:
    """Return what a template settles, as far as this person may send so.

    What a former template settled goes with it.
    """
    former = _find_template(typed.template_id)
    category = _category_of(typed, template)
    group_ids, words = _audience_of(template, former, groups)
    return drafts.Settles(
        lane=_lane_of(typed, template, former),
        category=category,
        group_ids=group_ids,
        audience_words=words,
    )


def _category_of(typed: Typed, template: TemplateOut) -> tuple[str, str] | None:
    """Return the id and name of a template's category; None where the category stays."""
    for each in categories.in_use(door.person().messaging.categories()):
        if each["name"] == template["category_name"]:
            is_chosen = each["id"] == typed.category_id
            return None if is_chosen else (each["id"], each["name"])
    return None


def _lane_of(typed: Typed, template: TemplateOut, former: TemplateOut | None) -> str:
    if template["lane"] == "urgent":
        changes = typed.lane != "urgent" and door.visitor().may(Right.MESSAGES_SEND_URGENT)
        return "urgent" if changes else ""
    was_settled = former is not None and former["lane"] == "urgent" and typed.lane == "urgent"
    return "normal" if was_settled else ""


def _audience_of(
    template: TemplateOut, former: TemplateOut | None, groups: list[ListedGroup]
) -> tuple[tuple[str, ...] | None, str]:
    """Return the groups that a template is for, and their words; None where the audience stays."""
    whole_school = _find_whole_school(groups)
    if whole_school is None:
        return None, ""
    if template["whole_school"]:
        return (whole_school["id"],), "「全校」"
    if former is not None and former["whole_school"]:
        who = door.visitor()
        chosen = audience.preset(
            groups,
            who.own_groups,
            is_administrator=who.is_administrator,
        )
        return tuple(chosen), "もとのとおり"
    return None, ""


def _find_whole_school(groups: list[ListedGroup]) -> ListedGroup | None:
    """Return the group that holds all families, where this person may send to it."""
    for group in groups:
        if group["path"] == audience.WHOLE_SCHOOL and group["sendable"]:
            return group
    return None


def _say(error: ServiceError) -> str:
    if error.code == "member_not_found":
        # Somebody was deleted after the form was opened.
        return MEMBER_GONE
    field = _field_of(error)
    if field == "subject":
        return "件名が長すぎます。100文字までにしてください。"
    if field == "body":
        return "本文が長すぎます。10,000文字までにしてください。"
    if field == "short_text":
        return "LINEと通知に出る短い文が長すぎます。200文字までにしてください。"
    if field == "audience":
        return door.visitor().words.say(MOST_CHOSEN)
    return errors.say(error)


def _strip(typed: Typed, groups: list[ListedGroup]) -> audience.Strip:
    return audience.describe(typed.audience, groups, _names(_people(typed)))


def _people(typed: Typed) -> dict[str, NamedMember]:
    return door.person().directory.look_up(typed.member_ids) if typed.member_ids else {}


def _names(people: dict[str, NamedMember]) -> dict[str, str]:
    return {key: audience.say_person(person) for key, person in people.items()}


@dataclass(frozen=True, slots=True)
class FoundAudience:
    """Children who were looked for. `more`: there are others behind them."""

    children: tuple[ListedMember, ...] = ()
    more: bool = False


def _find_children(query: str, chosen: tuple[str, ...]) -> FoundAudience:
    if not query or not door.visitor().may(Right.ROSTER_SEE):
        return FoundAudience()
    answer = door.person().directory.members(
        query=query, kind="pupil", status="enrolled", limit=FOUND_CHILDREN
    )
    others = tuple(each for each in answer["items"] if each["id"] not in chosen)
    return FoundAudience(others, more=answer["next"] is not None)


def _show(message_id: UUID | None, typed: Typed, shown: Shown) -> str:
    """Render the form with what was typed."""
    who = door.visitor()
    ask = door.person()
    groups = shown.groups or ask.directory.reach()
    sendable = [group for group in groups if group["sendable"]]
    people = _people(typed)
    notices = [template for template in ask.messaging.templates() if template["kind"] == "notice"]
    return render_template(
        "staff/compose.html",
        typed=typed,
        shown=shown,
        message_id=message_id,
        picker=audience.build_picker(sendable),
        strip=audience.describe(typed.audience, groups, _names(people)),
        chosen_people=[people[key] for key in typed.member_ids if key in people],
        nameless_people=sum(key not in people for key in typed.member_ids),
        found=_find_children(shown.query, typed.member_ids),
        templates=sorted(notices, key=lambda template: template["lane"] != typed.lane),
        categories=categories.in_use(ask.messaging.categories(), typed.category_id),
        undo_seconds=who.undo_seconds(is_urgent=typed.lane == "urgent"),
        may_be_urgent=who.may(Right.MESSAGES_SEND_URGENT),
    )
