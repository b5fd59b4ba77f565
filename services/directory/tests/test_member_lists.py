"""Lists of people: turned page by page, counted, narrowed by how somebody is reached (DIR-1, 9)."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa

from directory.store.models import ContactPoint

DEAD = {"code": "user_unknown", "since": "2026-11-03"}
FULL = {"code": "mailbox_full", "since": "2026-11-03"}


def names(page):
    return [item["display_name"] for item in page["items"]]


def page(school, **query):
    return school.get("/members?" + "&".join(f"{name}={value}" for name, value in query.items()))


def set_points(school, database, address, **columns):
    point_id = UUID(school.roster.id(address))
    with database.for_school(school.id) as session:
        session.execute(sa.update(ContactPoint).where(ContactPoint.id == point_id).values(columns))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_are_turned_there_and_back(school, size):
    seen = [page(school, limit=size)]
    while seen[-1]["next"]:
        seen.append(page(school, limit=size, after=seen[-1]["next"]))
    assert seen[0]["previous"] is None
    back = [seen[-1]]
    while back[-1]["previous"]:
        back.append(page(school, limit=size, before=back[-1]["previous"]))
    everybody = [name for shown in seen for name in names(shown)]
    assert everybody == names(page(school))
    assert [name for shown in reversed(back) for name in names(shown)] == everybody
    assert {shown["total"] for shown in (*seen, *back)} == {11}


def test_a_page_goes_on_though_its_last_person_was_moved_or_deleted(school):
    first = page(school, limit=2, status="enrolled", kind="pupil")
    rest = names(page(school, status="enrolled", kind="pupil"))[2:]
    moved, deleted = (item["id"] for item in first["items"])
    room = {"class_id": school.roster.id("5-1"), "number": 40}
    assert school.call("PATCH", f"/members/{moved}", json=room).status_code == 204
    assert school.call("DELETE", f"/members/{deleted}").status_code == 204
    following = page(school, limit=100, after=first["next"], status="enrolled", kind="pupil")
    assert [name for name in names(following) if name != "高橋 陽菜"] == rest
    assert "高橋 陽菜" in names(following)


def test_a_page_back_from_the_first_of_all_is_empty_and_leads_nowhere(school):
    second = page(school, limit=1, after=page(school, limit=1)["next"])
    school.call("DELETE", f"/members/{school.roster.id('高橋 陽菜')}")
    before = page(school, limit=1, before=second["previous"])
    assert (before["items"], before["next"], before["previous"]) == ([], None, None)


@pytest.mark.parametrize("place", ["x", "W10", "WzEsMiwzLDRd", "WyIxIiwyLCIzIiwiNCJd", "%00"])
@pytest.mark.parametrize("side", ["after", "before"])
def test_what_is_no_place_of_a_list_is_refused(school, side, place):
    answer = school.call("GET", f"/members?{side}={place}")
    assert answer.status_code in (404, 422)


@pytest.mark.parametrize(
    ("reach", "found"),
    [
        ("reached", ["高橋 陽菜", "小鳥遊 心", "髙橋 陽菜", "髙橋 蓮", "山崎 樹", "渡邉 咲良"]),
        ("doubtful", []),
        ("unreached", ["高木 さくら"]),
        ("unregistered", ["高木 さくら"]),
    ],
)
def test_the_list_is_narrowed_by_how_somebody_is_reached(school, reach, found):
    shown = page(school, kind="pupil", status="enrolled", reach=reach)
    assert (names(shown), shown["total"]) == (found, len(found))


@pytest.mark.parametrize(
    ("columns", "reach"),
    [
        ({"health": DEAD}, "unreached"),
        ({"state": "ended"}, "unregistered"),
        ({"health": FULL}, "doubtful"),
        # An emergency still gets through, so nobody needs to be called.
        ({"state": "stopped"}, "doubtful"),
        ({"health": {"code": None, "since": None}}, "reached"),
    ],
)
def test_a_point_that_fails_moves_its_child_to_another_list(school, database, columns, reach):
    set_points(school, database, "manabu@town.test", **columns)
    lists = ("reached", "doubtful", "unreached", "unregistered")
    held = {each: names(page(school, reach=each, kind="pupil")) for each in lists}
    there = {each for each, shown in held.items() if "小鳥遊 心" in shown}
    # Who has no contact point is unreached as well.
    assert there == {reach} | ({"unreached"} if reach == "unregistered" else set())


def test_who_has_one_dead_point_and_one_that_lives_wants_a_look(school, database):
    school.call(
        "POST",
        f"/members/{school.roster.id('小鳥遊 心')}/guardians",
        json={"label": "母", "name": "小鳥遊 文", "mails": ["fumi@town.test"]},
    )
    set_points(school, database, "manabu@town.test", health=DEAD)
    assert "小鳥遊 心" in names(page(school, reach="doubtful"))
    assert "小鳥遊 心" not in names(page(school, reach="unreached"))


def test_staff_are_reached_through_points_of_their_own(school):
    assert names(page(school, kind="staff", reach="reached")) == ["野口 大輔"]
    assert names(page(school, kind="staff", reach="unregistered")) == ["古川 茂"]


def test_count_and_pages_keep_to_the_callers_own_classes(school):
    teacher = school.staff("roster.see", own_only=["roster.see"], groups=["4-2"])
    shown = school.call("GET", "/members?limit=1", headers=teacher).json
    # Somebody of the class has left; a list without a state shows that child too.
    assert shown["total"] == 4
    following = school.call("GET", f"/members?after={shown['next']}", headers=teacher).json
    assert len(following["items"]) == 3


def test_groups_are_named_without_being_counted(school):
    named = school.get("/groups/names")["items"]
    listed = school.get("/groups")["items"]
    assert [(each["id"], each["path"]) for each in named] == [
        (each["id"], each["path"]) for each in listed
    ]
    teacher = school.staff("roster.see", own_only=["roster.see"], groups=["4-2"])
    [own] = school.call("GET", "/groups/names", headers=teacher).json["items"]
    assert (own["path"], own["changeable"]) == ("4年2組", False)
