"""新しく作る: 種類 → 宛先 → 件名・本文 → いつ (MSG-1, MSG-4). Everything works by plain forms; the script only saves on its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from common import clock
from common.errors import NotFound, ServiceError
from gateway.domain import audience, dates, drafts, texts
from gateway.domain.drafts import Typed
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("compose", __name__)
FOUND_CHILDREN = 20


@blueprint.get("/messages/new")
@page("messages.send")
def new() -> Any:
    """Show an empty form: own class chosen for a 担任, nothing for 管理者. Nothing is stored by looking."""
    who, groups = door.visitor(), door.person().groups()
    lane = "urgent" if request.args.get("lane") == "urgent" and who.may("messages.send_urgent") else "normal"
    chosen = audience.preset(groups, who.own_groups, is_administrator=who.is_administrator)
    return _show(None, Typed(lane=lane, group_ids=tuple(chosen)), groups=groups)


@blueprint.get("/messages/<uuid:message_id>/edit")
@page("messages.send")
def edit(message_id: UUID) -> Any:
    """Go on with a draft; what is no draft any more is shown as it stands."""
    message = door.person().message(message_id)
    if message["state"] != "draft":
        return redirect(url_for("progress.message", message_id=message_id))
    return _show(message_id, drafts.from_message(message))


@blueprint.post("/messages/new")
@page("messages.send")
def begin() -> Any:
    """Take the form of a message that is not stored yet."""
    return _take(None)


@blueprint.post("/messages/<uuid:message_id>/edit")
@page("messages.send")
def change(message_id: UUID) -> Any:
    """Take the form of a draft."""
    return _take(message_id)


def _take(message_id: UUID | None) -> Any:
    """Do what the pressed button says; 「Enter」 in the search box searches, elsewhere it saves."""
    typed = drafts.from_form(request.form)
    todo, _, which = request.form.get("do", "enter").partition(":")
    if todo == "enter":
        todo = "find" if request.form.get("query", "").strip() else "save"
    if todo == "autosave":
        return _autosave(message_id, typed)
    if todo in ("apply", "replace", "append"):
        return _apply(message_id, typed, todo, which)
    if todo not in ("save", "confirm"):
        return _show(message_id, typed, query=request.form.get("query", "").strip())
    try:
        return _confirm(message_id, typed) if todo == "confirm" else _save_by_hand(message_id, typed)
    except ServiceError as error:
        wrong = "audience" if _is_about_audience(error) else ""
        return _show(message_id, typed, sentence=_say(error), wrong=wrong), error.status


def _is_about_audience(error: ServiceError) -> bool:
    return error.code == "invalid" and "audience" in error.fields


def _save(message_id: UUID | None, typed: Typed) -> dict[str, Any]:
    content = typed.content()
    if message_id is None:
        author = door.visitor().account["display_name"]
        return door.person().begin_draft({**content, "kind": "notice", "created_by_name": author})
    return door.person().save_draft(message_id, {**content, "version": typed.version})


def _save_by_hand(message_id: UUID | None, typed: Typed) -> Any:
    message = _save(message_id, typed)
    flash(f"下書きを保存しました（{dates.say_time(clock.now())}）。", "done")
    return redirect(url_for("compose.edit", message_id=message["id"]), 303)


def _confirm(message_id: UUID | None, typed: Typed) -> Any:
    """Save, freeze the audience, and go to the confirm screen; without an audience stay here."""
    message = _save(message_id, typed)
    if not typed.has_audience:
        saved = replace(typed, version=message["version"])
        return _show(UUID(message["id"]), saved, sentence="宛先を選んでください。", wrong="audience"), 422
    try:
        snapshot_id = door.person().make_snapshot(message)
    except ServiceError as error:
        saved = replace(typed, version=message["version"])
        return _show(UUID(message["id"]), saved, sentence=_say(error), wrong="audience"), error.status
    return redirect(url_for("confirm.confirm", message_id=message["id"], snapshot=snapshot_id), 303)


def _autosave(message_id: UUID | None, typed: Typed) -> Any:
    """Save for the script, and say what the strip over the form now says."""
    try:
        message = _save(message_id, typed)
        strip = _strip(typed, door.person().groups())
    except ServiceError as error:
        return jsonify(error=_say(error)), error.status
    return jsonify(
        version=message["version"],
        action=url_for("compose.change", message_id=message["id"]),
        strip=strip.words,
        saved=f"{dates.say_time(clock.now())} に保存しました",
    )


def _apply(message_id: UUID | None, typed: Typed, todo: str, which: str) -> Any:
    """Put a template's text into the form; where something is typed already, ask first."""
    template = next((each for each in door.person().templates() if each["id"] == which), None)
    if template is None:
        raise NotFound("template_unknown")
    if todo == "apply" and typed.has_text and (typed.subject, typed.body) != (template["subject"], template["body"]):
        return _show(message_id, typed, asking=template)
    applied = drafts.with_template(typed, template, door.person().categories(), append=todo == "append")
    return _show(message_id, applied, is_dirty=True)


def _say(error: ServiceError) -> str:
    if error.code == "invalid" and "subject" in error.fields:
        return "件名が長すぎます。100文字までにしてください。"
    if error.code == "invalid" and "body" in error.fields:
        return "本文が長すぎます。10,000文字までにしてください。"
    if _is_about_audience(error):
        return "1人ずつ選べるのは1,000人までです。学年・学級やグループで選んでください。"
    return errors.say(error)


def _strip(typed: Typed, groups: list[dict[str, Any]]) -> audience.Strip:
    people = door.person().look_up(typed.member_ids) if typed.member_ids else {}
    return audience.describe(typed.audience, groups, {key: each["display_name"] for key, each in people.items()})


def _find_children(query: str) -> list[dict[str, Any]]:
    if not query or not door.visitor().may("roster.see"):
        return []
    found: list[dict[str, Any]] = door.person().members(query=query, kind="pupil", status="enrolled", limit=FOUND_CHILDREN)["items"]
    return found


def _show(message_id: UUID | None, typed: Typed, **shown: Any) -> str:
    """Render the form with what was typed. `shown`: groups, query, asking, sentence, wrong, is_dirty."""
    who, ask = door.visitor(), door.person()
    groups = shown.pop("groups", None) or ask.groups()
    people = ask.look_up(typed.member_ids) if typed.member_ids else {}
    names = {key: each["display_name"] for key, each in people.items()}
    templates = sorted(ask.templates(), key=lambda each: each["lane"] != typed.lane)
    undo = who.school["urgent_undo_seconds" if typed.lane == "urgent" else "undo_seconds"]
    return render_template(
        "compose.html",
        typed=typed,
        message_id=message_id,
        picker=audience.build_picker([group for group in groups if group["sendable"]]),
        strip=audience.describe(typed.audience, groups, names),
        chosen_people=[people[key] for key in typed.member_ids if key in people],
        found=[each for each in _find_children(shown.get("query", "")) if each["id"] not in typed.member_ids],
        templates=[each for each in templates if each["kind"] == "notice"],
        categories=ask.categories(),
        blanks=[piece.text for text in (typed.subject, typed.body) for piece in texts.split_blanks(text) if piece.is_blank],
        undo_seconds=undo,
        may_be_urgent=who.may("messages.send_urgent"),
        **shown,
    )
