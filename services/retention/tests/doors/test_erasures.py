"""From a contract's end to its certificate, by retention's own doors (RET-1)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from retention_house import House, start_of

from common import clock
from common.schemas import Envelope
from common.testing.tokens import operator_token, staff_token
from retention.actions import erasures
from retention.domain.certificate import verify

HOUSES = ("identity", "directory", "messaging", "dispatch-mail")
LAST_DAY = date(2027, 3, 31)
SOON = start_of(date(2027, 3, 25))


def at(day: int, **more: float) -> datetime:
    """Return the start of a day after the end, in Japan; `more` as for timedelta."""
    return start_of(LAST_DAY + timedelta(days=day)) + timedelta(**more)


def types(events: list[Envelope]) -> list[str]:
    return [event.type for event in events]


def test_the_days_go_by_and_the_rows_go_on_day_31_at_midnight_in_japan(house: House) -> None:
    school_id = uuid4()
    assert house.end(school_id, LAST_DAY, now=SOON) == []
    assert house.row(school_id).state == "waiting"
    for moment, state in (
        (at(0, hours=23.99), "waiting"),
        (at(1), "read_only"),
        (at(31, seconds=-1), "read_only"),
    ):
        assert house.tick(erasures.begin_due_erasures, moment) == []
        assert house.row(school_id).state == state
    (due,) = house.tick(erasures.begin_due_erasures, at(31))
    assert (due.type, due.school_id, house.row(school_id).state) == (
        "erasure.due",
        school_id,
        "read_only",
    )
    put = house.hear(due, now=at(31))
    assert [(event.type, event.school_id) for event in put] == [("school.erasing", school_id)]
    assert (house.row(school_id).state, house.row(school_id).started_at) == ("erasing", at(31))
    assert house.tick(erasures.begin_due_erasures, at(31, minutes=1)) == []


def test_without_grace_the_rows_go_at_once(house: House) -> None:
    school_id = uuid4()
    (due,) = house.end(school_id, clock.today(), 0)
    assert types(house.hear(due)) == ["school.erasing"]
    assert house.begin(school_id) == [], "it has begun"


def test_the_end_may_be_moved_until_the_erasure_has_begun(house: House) -> None:
    school_id = uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    house.end(school_id, LAST_DAY + timedelta(days=365), 10, now=SOON)
    assert house.tick(erasures.begin_due_erasures, at(31)) == []
    house.end(school_id, LAST_DAY, 38, now=SOON)
    (due,) = house.tick(erasures.begin_due_erasures, at(39))
    assert types(house.hear(due, now=at(39))) == ["school.erasing"]
    assert house.end(school_id, LAST_DAY + timedelta(days=365), now=at(39)) == []
    assert house.row(school_id).ended_on == LAST_DAY


def test_nothing_begins_while_identity_keeps_the_school_and_it_is_asked_again_in_ten_minutes(
    house: House,
) -> None:
    school_id = uuid4()
    house.identity.kept.add(school_id)
    house.end(school_id, LAST_DAY, now=SOON)
    (due,) = house.tick(erasures.begin_due_erasures, at(31))
    assert house.hear(due, now=at(31)) == []
    assert (house.row(school_id).state, house.row(school_id).started_at) == ("read_only", None)
    assert house.tick(erasures.begin_due_erasures, at(31, minutes=9)) == []
    (due,) = house.tick(erasures.begin_due_erasures, at(31, minutes=11))
    house.end(school_id, LAST_DAY + timedelta(days=365), now=at(31, minutes=11))
    assert house.hear(due, now=at(31, minutes=12)) == []
    assert house.row(school_id).state == "waiting"


def test_identity_is_not_asked_to_close_a_school_that_is_not_due(house: House) -> None:
    school_id, unheard_of = uuid4(), uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    assert house.begin(school_id, now=at(31, seconds=-1)) == []
    assert house.begin(unheard_of) == []
    assert not {school_id, unheard_of} & set(house.identity.asked)


def test_the_key_and_the_certificate_wait_for_the_last_house(house: House) -> None:
    school_id = uuid4()
    house.erasing(school_id)
    for name in ("identity", "directory", "messaging", "messaging"):  # one answers twice
        assert house.answer(school_id, name, {"rows": 2}) == []
    assert house.hear(Envelope.of("erasure.completed", school_id, {})) == [], (
        "said too early, or by a stranger"
    )
    assert school_id not in house.identity.destroyed
    assert (
        house.get(f"/erasures/{school_id}/certificate.json").json["error"]["code"]
        == "certificate_not_found"
    )
    (completed,) = house.answer(school_id, "dispatch-mail", {"deliveries": 5})
    (logged,) = house.hear(completed)
    assert (logged.school_id, logged.payload["action"], logged.payload["target_id"]) == (
        None,
        "school.erased",
        school_id,
    )
    shown = house.get(f"/erasures/{school_id}").json
    assert (shown["state"], shown["alarm"]) == ("certified", "none")
    assert {step["house"]: step["counts"] for step in shown["steps"]}["dispatch-mail"] == {
        "deliveries": 5
    }
    assert house.hear(completed) == []


def test_a_certificate_is_written_once_and_no_late_answer_changes_it(house: House) -> None:
    school_id = house.certified()
    first = house.get(f"/erasures/{school_id}/certificate.json").data
    assert house.hear(Envelope.of("erasure.completed", school_id, {})) == []
    assert house.answer(school_id, "messaging", {"rows": 999}) == []
    assert house.end(school_id, clock.today(), 0) == [], "though identity knows the school no more"
    assert house.get(f"/erasures/{school_id}/certificate.json").data == first


def test_it_is_noted_once_and_by_whom_that_the_school_has_its_certificate(house: House) -> None:
    school_id, operator_id = house.certified(), uuid4()
    token = operator_token(house.settings.keys_dir, operator_id=operator_id)
    path = f"/erasures/{school_id}/hand-over"
    put = house.put_by(lambda: house.post_with(path, token))
    [logged] = put
    assert (logged.payload["action"], logged.payload["actor_id"]) == (
        "certificate.handed_over",
        operator_id,
    )
    first = house.get(f"/erasures/{school_id}").json["handed_over_at"]
    assert first is not None
    assert house.put_by(lambda: house.post_with(path, token)) == []
    assert house.get(f"/erasures/{school_id}").json["handed_over_at"] == first


def test_nothing_is_handed_over_before_there_is_a_certificate(house: House) -> None:
    school_id = uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    answer = house.post_with(
        f"/erasures/{school_id}/hand-over", operator_token(house.settings.keys_dir)
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "certificate_not_found")
    stranger = staff_token(house.settings.keys_dir, functions=(), school_id=school_id)
    assert house.post_with(f"/erasures/{school_id}/hand-over", stranger).status_code == 403


def test_the_houses_that_erase_may_ask_whether_it_is_due_and_of_no_other_school(
    house: House,
) -> None:
    school_id = uuid4()
    house.erasing(school_id)
    for name in (
        "identity",
        "directory",
        "messaging",
        "dispatch-mail",
        "dispatch-line",
        "dispatch-push",
    ):
        assert (
            house.get(f"/erasures/{school_id}", name=name, school_id=school_id).json["state"]
            == "erasing"
        )
    assert (
        house.get(f"/erasures/{school_id}", name="directory", school_id=uuid4()).status_code == 404
    )
    assert house.get("/erasures", name="directory").status_code == 403
    unheard_of = uuid4()
    refused = house.get(f"/erasures/{unheard_of}", name="directory", school_id=unheard_of)
    assert (refused.status_code, refused.json["error"]["code"]) == (404, "erasure_not_found")


def test_the_certificate_is_checked_with_the_public_key_of_the_keys_folder(house: House) -> None:
    school_id = house.certified()
    answer = house.get(f"/erasures/{school_id}/certificate.json")
    public = (house.settings.keys_dir / "public" / "retention.pem").read_bytes()
    document = json.loads(answer.data)
    assert verify(answer.data, public)
    assert not verify(answer.data.replace(b'"rows":3', b'"rows":4', 1), public)
    assert document["counts"] == {house: {"rows": 3} for house in HOUSES}
    assert document["key"]["fingerprint_sha256"] == "ab12" * 16
    assert document["exceptions"] == ["relay_log", "certificate", "operator_log"]
    assert not verify(
        answer.data, (house.settings.keys_dir / "public" / "identity.pem").read_bytes()
    )


def test_the_certificate_is_given_on_paper(house: House) -> None:
    answer = house.get(f"/erasures/{house.certified()}/certificate.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")


def test_what_is_silent_for_ten_minutes_is_asked_again(house: House) -> None:
    school_id = uuid4()
    now = clock.now()
    house.erasing(school_id, now=now)

    def asked(minutes: float) -> list[str]:
        put = house.tick(erasures.ask_again, now + timedelta(minutes=minutes))
        return [event.type for event in put if event.school_id == school_id]

    assert [asked(9), asked(11), asked(12), asked(22)] == [
        [],
        ["school.erasing"],
        [],
        ["school.erasing"],
    ]
    for name in HOUSES:
        house.answer(school_id, name, {}, now=now + timedelta(minutes=23))
    assert [asked(24), asked(34)] == [[], ["erasure.completed"]]


def test_every_house_looks_once_more_an_hour_after_the_certificate(house: House) -> None:
    school_id = house.certified()
    certified_at = house.row(school_id).certified_at

    def looked(minutes: float) -> list[str]:
        put = house.tick(erasures.look_again, certified_at + timedelta(minutes=minutes))
        return [event.type for event in put if event.school_id == school_id]

    assert [looked(59), looked(61), looked(200)] == [[], ["school.erasing"], []]


def test_alarms_sound_on_days_33_37_and_39_until_the_certificate(house: House) -> None:
    school_id = uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    house.tick(erasures.begin_due_erasures, at(31))
    house.begin(school_id, now=at(31))
    heard = {}
    for day in (31, 32, 33, 36, 37, 38, 39, 50):
        house.tick(erasures.watch_deadlines, at(day))
        heard[day] = house.row(school_id).alarm
    assert heard == {31: 0, 32: 0, 33: 1, 36: 1, 37: 2, 38: 2, 39: 3, 50: 3}
    for name in HOUSES:
        put = house.answer(school_id, name, {})
    house.hear(put[0])
    house.tick(erasures.watch_deadlines, at(50))
    assert house.row(school_id).alarm == 3


def test_the_metrics_tell_of_the_school_that_waits_longest_until_its_certificate(
    house: House,
) -> None:
    school_id, long_ago, now = uuid4(), date(2020, 3, 31), clock.now()
    (due,) = house.end(school_id, long_ago, now=now)
    house.hear(due, now=now)
    house.tick(erasures.watch_deadlines, now)
    assert oldest_day("erasing") == (clock.today() - long_ago).days
    for name in HOUSES:
        put = house.answer(school_id, name, {})
    house.hear(put[0])
    house.tick(erasures.watch_deadlines, now)
    assert oldest_day("erasing") < (clock.today() - long_ago).days


def oldest_day(state: str) -> float:
    """Return what the metrics tell of the school that waits longest in a state."""
    told = REGISTRY.get_sample_value("renraku_erasure_oldest_day", {"state": state})
    assert told is not None
    return told


def test_the_operator_sees_the_days_as_dates_in_japan(house: House) -> None:
    school_id = uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    shown = house.get(f"/erasures/{school_id}").json
    assert shown["school_name"] == "みなも市立つばめ野小学校"
    assert (shown["ended_on"], shown["read_only_until"], shown["erases_on"]) == (
        "2027-03-31",
        "2027-04-30",
        "2027-05-01",
    )
    assert (shown["erased_by"], shown["gone_by"]) == ("2027-05-09", "2027-06-09")
    assert {step["state"] for step in shown["steps"]} == {"waiting"}


def test_erasures_are_listed_newest_end_first_page_by_page(house: House) -> None:
    days = [date(2031, 3, 31), date(2032, 3, 31), date(2031, 3, 31)]
    made = [(uuid4(), day) for day in days]
    for school_id, day in made:
        house.end(school_id, day, now=SOON)
    listed, after = [], ""
    while after is not None:
        page = house.get(f"/erasures?limit=2&after={after}").json
        listed += [(row["ended_on"], row["school_id"]) for row in page["items"]]
        after = page["next"]
    assert len(listed) == len(set(listed))
    assert listed == sorted(
        listed, key=lambda row: (-date.fromisoformat(row[0]).toordinal(), row[1])
    )
    assert {str(school_id) for school_id, _ in made} <= {school_id for _, school_id in listed}
    assert house.get("/erasures?after=nowhere").status_code == 422


@pytest.mark.parametrize(
    "path", ["", "/{school}", "/{school}/certificate.json", "/{school}/certificate.pdf"]
)
def test_only_operators_see_erasures_in_the_browser_or_by_command(house: House, path: str) -> None:
    school_id = house.certified()
    asked = "/erasures" + path.format(school=school_id)
    assert house.get_with(asked, operator_token(house.settings.keys_dir)).status_code == 200
    assert house.get(asked).status_code == 200
    for name in (
        ("gateway",) if path == "/{school}" else ("gateway", "messaging")
    ):  # a house asks before it erases
        assert house.get(asked, name=name).status_code == 403
    stranger = staff_token(house.settings.keys_dir, school_id=uuid4(), functions=["settings.edit"])
    assert house.get_with(asked, stranger).status_code == (404 if path == "/{school}" else 403)


def test_staff_see_the_days_of_their_own_school_and_no_certificate(house: House) -> None:
    school_id = uuid4()
    house.end(school_id, LAST_DAY, now=SOON)
    token = staff_token(house.settings.keys_dir, school_id=school_id)
    assert house.get_with(f"/erasures/{school_id}", token).json["read_only_until"] == "2027-04-30"
    for path in (
        "/erasures",
        f"/erasures/{school_id}/certificate.json",
        f"/erasures/{school_id}/certificate.pdf",
    ):
        assert house.get_with(path, token).status_code == 403
