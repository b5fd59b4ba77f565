"""内容の確認: what goes to whom, in words and heads (MSG-1, MSG-23, screens.md 3.2).

It is shown as it will arrive, above the button that sends it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import NamedMember, SnapshotOut, Unreachable
from common.answers.messaging import ChecksOut, MessageOut, ReleasedOut
from common.errors import ServiceError
from common.rights import Right
from gateway.clients.calls import TEST_SEND
from gateway.domain import audience, categories, dates
from gateway.domain.drafts import read_version
from gateway.domain.line_quota import LineStand, judge_line, uses_line
from gateway.domain.people import CHANNEL_WORDS
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.staff import previews

blueprint = Blueprint("confirm", __name__)
# What the confirm screen shows can't be sent any more: the way to a new one is the draft.
CONFIRM_ANEW = ("snapshot_stale", "snapshot_not_found", "changed_elsewhere", "audience_empty")


@blueprint.get("/messages/<uuid:message_id>/confirm")
@page(Right.MESSAGES_SEND, title="内容の確認")
def confirm(message_id: UUID) -> Any:
    """Show the confirm screen of a frozen audience."""
    ask = door.person()
    message = ask.messaging.message(message_id)
    if message["state"] != "draft":
        return redirect(url_for("progress.message", message_id=message_id))
    snapshot_id = _read_id(request.args.get("snapshot", ""))
    if snapshot_id is None:
        return redirect(url_for("compose.edit", message_id=message_id))
    with errors.told(404) as outcome:
        snapshot = ask.directory.snapshot(snapshot_id)
    if outcome.error is not None:
        return _back_to_draft(message_id)
    if set(snapshot["channels"]) != set(message["channels"]):
        flash(
            "届け方が変わったため、もう一度「確認へ」を押してください。まだ送っていません。", "note"
        )
        return redirect(url_for("compose.edit", message_id=message_id))
    return render_template("staff/confirm.html", **_gather(message_id, message, snapshot))


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _gather(message_id: UUID, message: MessageOut, snapshot: SnapshotOut) -> dict[str, Any]:
    who = door.visitor()
    ask = door.person()
    checks = ask.messaging.check(message_id)
    is_urgent = message["lane"] == "urgent"
    people = ask.directory.look_up(each["member_id"] for each in snapshot["unreachable"])
    quota = ask.dispatch.find_line_quota() if uses_line(snapshot) else None
    line = judge_line(snapshot, quota, is_urgent=is_urgent)
    may_send = not is_urgent or who.may(Right.MESSAGES_SEND_URGENT)
    stop = _why_not(checks, snapshot, line, may_send=may_send)
    return {
        "message": message,
        "snapshot": snapshot,
        "recipients": audience.recipient_words(snapshot, who.words),
        "points": _points_of(snapshot),
        "unreachable": _with_reasons(snapshot["unreachable"], people),
        "line": line,
        "stop": stop,
        "unsure": checks["unsure"] if stop.is_question else [],
        "marked": [*checks["blanks"], *checks["unsure"]],
        "same_recently": checks["same_recently"],
        "category": categories.find(ask.messaging.categories(), message["category_id"]),
        "previews": previews.gather(message_id, snapshot),
        "is_urgent": is_urgent,
        "undo_seconds": who.undo_seconds(is_urgent=is_urgent),
        "needs_box": audience.needs_box(
            snapshot["heads"],
            snapshot["label"],
            is_urgent=is_urgent,
            is_administrator=who.is_administrator,
        ),
        "key": secrets.token_urlsafe(18),
    }


def _points_of(snapshot: SnapshotOut) -> list[tuple[str, int]]:
    """Return each channel in words, and how many contact points of the audience it has."""
    counts = snapshot["contact_points"]
    return [(CHANNEL_WORDS[channel], counts.get(channel, 0)) for channel in snapshot["channels"]]


def _with_reasons(
    unreachable: list[Unreachable], people: dict[str, NamedMember]
) -> list[dict[str, object]]:
    """Return who would not be reached, by name as far as the roster knows it, and why."""
    found: list[dict[str, object]] = []
    for each in unreachable:
        person = people.get(each["member_id"])
        known: dict[str, object] = {**person} if person else {}
        found.append({**known, "reason": each["reason"]})
    return found


@dataclass(frozen=True, slots=True)
class Stop:
    """What stands in the button's place, or nothing.

    `is_question`: the author may answer it and send.
    """

    sentence: str = ""
    is_question: bool = False


def _why_not(checks: ChecksOut, snapshot: SnapshotOut, line: LineStand, *, may_send: bool) -> Stop:
    if not may_send:
        return Stop(errors.sentence("urgent_not_allowed"))
    if snapshot["heads"] == 0:
        return Stop(door.visitor().words.say("宛先の{pupil}がいません。宛先を選び直してください。"))
    problem = checks["problem"]
    if problem and problem["code"] != "brackets_unsure":
        return Stop(errors.sentence(problem["code"], {problem["field"]: problem["detail"]}))
    if line.stop:
        return Stop(line.stop)
    if audience.reaches_nobody(snapshot):
        return Stop(
            "この宛先には、いまは届きません（受け取れる受信先がありません）。電話か紙で伝えてください。"
        )
    if problem:
        brackets = "".join(checks["unsure"])
        return Stop(
            f"{brackets}は、書き忘れた空欄ではありませんか。このままでよければ、下のボタンで送れます。",
            is_question=True,
        )
    return Stop()


@blueprint.post("/messages/<uuid:message_id>/channels")
@page(Right.MESSAGES_SEND)
def choose_channels(message_id: UUID) -> Any:
    """Leave LINE out of a draft, or take it in again, and confirm anew.

    The audience is frozen again with what it now reaches.
    """
    ask = door.person()
    without = set(ask.messaging.message(message_id)["without_channels"])
    if request.form.get("line") == "off":
        without.add("line")
    else:
        without.discard("line")
    change = {"version": read_version(request.form), "without_channels": sorted(without)}
    with errors.told():
        draft = ask.messaging.save_draft(message_id, change)
        snapshot_id = UUID(ask.directory.make_snapshot(draft))
        return _back(message_id, snapshot_id)
    # Not back to the confirm screen: it would show an audience that was frozen for other channels.
    return _back_to_draft(message_id)


@blueprint.post("/messages/<uuid:message_id>/release")
@page(Right.MESSAGES_SEND)
def release(message_id: UUID) -> Any:
    """Send. A second press of the same button changes nothing and says so."""
    form = request.form
    snapshot_id = _read_id(form.get("snapshot", ""))
    if snapshot_id is None or not read_version(form):
        return _back_to_draft(message_id)
    if form.get("needs_box") and not form.get("ticked"):
        flash("宛先を確かめて、ボタンの上の四角に印を付けてください。まだ送っていません。", "error")
        return _back(message_id, snapshot_id)
    key = form.get("key", "")[:100] or secrets.token_urlsafe(18)
    with errors.told(but_also="snapshot_not_found") as outcome:
        version = _keep_brackets(message_id) or read_version(form)
        wanted = {"snapshot_id": str(snapshot_id), "version": version}
        answer = door.person().messaging.release(message_id, wanted, key=key)
        if answer["already"]:
            flash(_already(answer), "note")
    if outcome.error is not None:
        return _after_refusal(message_id, snapshot_id, outcome.error)
    return redirect(url_for("progress.message", message_id=message_id), 303)


def _keep_brackets(message_id: UUID) -> int | None:
    """Note which brackets stay, where the button said so; return the draft's version after it.

    Pressed twice, once is enough.
    """
    kept = request.form.getlist("kept")
    ask = door.person()
    if not kept:
        return None
    message = ask.messaging.message(message_id)
    if message["state"] != "draft":
        return None
    change = {
        "version": read_version(request.form),
        "kept_brackets": [*message["kept_brackets"], *kept],
    }
    return ask.messaging.save_draft(message_id, change)["version"]


def _already(answer: ReleasedOut) -> str:
    if answer["released_at"]:
        moment = dates.say_time(dates.as_moment(answer["released_at"]))
        return f"この連絡は {moment} に送信済みです。もう一度は送られていません。"
    if answer["state"] == "draft":
        return "この連絡は取りやめられています。もう一度は送られていません。"
    return "この連絡はもう受け付けています。もう一度は送られません。"


def _after_refusal(message_id: UUID, snapshot_id: UUID, error: ServiceError) -> Any:
    if error.code in CONFIRM_ANEW:
        return _back_to_draft(message_id)
    return _back(message_id, snapshot_id)


def _back_to_draft(message_id: UUID) -> Any:
    return redirect(url_for("compose.edit", message_id=message_id), 303)


def _back(message_id: UUID, snapshot_id: UUID) -> Any:
    return redirect(url_for("confirm.confirm", message_id=message_id, snapshot=snapshot_id), 303)


@blueprint.post("/messages/<uuid:message_id>/test-send")
@page(Right.MESSAGES_SEND)
def test_send(message_id: UUID) -> Any:
    """Send a copy to oneself."""
    snapshot_id = _read_id(request.form.get("snapshot", ""))
    with errors.told():
        copy = door.person().messaging.act(TEST_SEND, message_id)
        # The template turns the id into a sentence with a link.
        flash(copy["message_id"], "tested")
    if snapshot_id is None:
        return _back_to_draft(message_id)
    return _back(message_id, snapshot_id)
