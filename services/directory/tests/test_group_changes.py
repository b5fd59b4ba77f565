"""Groups put in order, deleted and brought back, by several people at once (DIR-4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from directory_school import RosterBuilder, School, wait_until_held_or_done

from common import clock
from common.bus import tables
from common.db import Database
from common.schemas import Envelope
from directory.actions.groups import change_group, erase_deleted_groups
from directory.domain.scope import Actor
from directory.store.models import Group, Membership

# A group, and the one below which it comes.
Move = tuple[str, str]


def paths(school: School, start: str = "") -> list[str]:
    listed = school.get("/groups")["items"]
    return [item["path"] for item in listed if item["path"].startswith(start)]


def url_of(school: School, name: str, rest: str = "") -> str:
    return f"/groups/{school.roster.id(name)}{rest}"


def move(school: School, name: str, direction: str, **more: Any) -> Any:
    body = {"direction": direction}
    return school.call("POST", url_of(school, name, "/move"), json=body, **more)


def delete(school: School, name: str, **more: Any) -> Any:
    return school.call("DELETE", url_of(school, name), **more)


def operations(school: School, database: Database) -> list[Any]:
    outbox = tables.outbox.c
    statement = (
        sa.select(outbox.body).where(outbox.school_id == school.id).order_by(outbox.position)
    )
    with database.for_school(school.id, read_only=True) as session:
        rows = session.scalars(statement).all()
    said = [Envelope.load(body).payload for body in rows]
    return [(each["action"], each["details"]) for each in said if each["target_kind"] == "group"]


def test_a_group_changes_places_with_its_neighbour(school: School, database: Database) -> None:
    assert move(school, "4-2", "up").json == {"is_first": True, "is_last": False}
    assert paths(school, "4年") == ["4年", "4年2組", "4年1組"]
    assert move(school, "4-2", "down").json == {"is_first": False, "is_last": True}
    assert paths(school, "4年") == ["4年", "4年1組", "4年2組"]
    assert operations(school, database) == [("group.changed", {"fields": ["position"]})] * 2


def test_at_the_end_of_the_row_a_move_changes_nothing(school: School, database: Database) -> None:
    before = paths(school)
    assert move(school, "4-1", "up").json == {"is_first": True, "is_last": False}
    assert move(school, "全校", "down").json == {"is_first": True, "is_last": True}
    assert paths(school) == before
    assert operations(school, database) == []


def test_groups_of_one_position_change_places_too(empty_school: School) -> None:
    """Positions may tie after an import; the names then say the order."""
    roster = RosterBuilder()
    roster.group("全校")
    for name in ("赤", "青", "白"):
        roster.group(name, "全校", position=1)
    empty_school.load(roster)
    first, second, third = paths(empty_school)[1:]
    move(empty_school, third, "up")
    assert paths(empty_school)[1:] == [first, third, second]


def test_a_limited_actor_orders_only_what_is_below_its_own(school: School) -> None:
    headers = school.staff("roster.change", own_only=["roster.change"], groups=["4年"])
    assert move(school, "4-2", "up", headers=headers).status_code == 200
    for call in (
        move(school, "4年", "up", headers=headers),
        delete(school, "4年", headers=headers),
    ):
        assert (call.status_code, call.json["error"]["code"]) == (403, "out_of_scope")


def test_two_who_change_one_group_do_not_write_over_each_other(school: School) -> None:
    def rename(name: str, version: int) -> Any:
        body = {"name": name, "version": version}
        return school.call("PATCH", url_of(school, "東町1班"), json=body)

    assert rename("東町A班", 1).status_code == 204
    refused = rename("東町い班", 1)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "changed_meanwhile")
    assert rename("東町い班", 2).status_code == 204
    assert "東町い班" in paths(school)


def test_what_is_as_it_was_stands_in_no_log(school: School, database: Database) -> None:
    same = {"name": "東町1班", "parent_id": None, "version": 1}
    assert school.call("PATCH", url_of(school, "東町1班"), json=same).status_code == 204
    assert operations(school, database) == []
    assert school.get(url_of(school, "東町1班"))["version"] == 1


def move_while(school: School, database: Database, first: Move, second: Move) -> Any:
    """Move a group while another move is on its way; return the answer to the second."""
    actor = Actor(school.id, "staff", uuid4())
    name, below = first
    wanted = {"parent_id": UUID(school.roster.id(below))}
    with ThreadPoolExecutor(1) as pool:
        with database.for_school(school.id) as session:
            change_group(session, actor, UUID(school.roster.id(name)), wanted, 1)
            other = pool.submit(move_below, school, *second)
            wait_until_held_or_done(database, other)
        return other.result()


def move_below(school: School, name: str, below: str) -> Any:
    body = {"version": 1, "parent_id": school.roster.id(below)}
    return school.call("PATCH", url_of(school, name), json=body)


@pytest.mark.parametrize("kind", ["class", "free"])
def test_two_moves_at_once_make_no_circle(
    empty_school: School, database: Database, kind: str
) -> None:
    """The second one is refused: a circle would fall out of the tree (DIR-4)."""
    roster = RosterBuilder()
    top = None
    if kind == "class":
        roster.group("全校")
        top = "全校"
    for name in ("赤", "青"):
        roster.group(name, top, kind=kind)
    empty_school.load(roster)
    before = len(paths(empty_school))
    answer = move_while(empty_school, database, ("赤", "青"), ("青", "赤"))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "parent_below")
    assert len(paths(empty_school)) == before


def test_two_moves_at_once_do_not_pass_the_depth(empty_school: School, database: Database) -> None:
    roster = RosterBuilder()
    names = (("赤", None), ("赤2", "赤"), ("青", None), ("青2", "青"), ("白", None))
    for name, parent in names:
        roster.group(name, parent, kind="free")
    empty_school.load(roster)
    answer = move_while(empty_school, database, ("青", "赤2"), ("白", "青2"))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "too_deep")
    depths = [item["depth"] for item in empty_school.get("/groups")["items"]]
    assert sorted(depths) == [1, 1, 2, 3, 4]


def test_a_class_with_pupils_cannot_be_deleted(school: School) -> None:
    assert school.get(url_of(school, "4年", "/deletion")) == {
        "id": school.roster.id("4年"),
        "kind": "class",
        "path": "4年",
        "below": ["4年1組", "4年2組"],
        "enrolled": 4,
        "joined": 1,
    }
    refused = delete(school, "4年")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "group_in_use")
    assert refused.json["error"]["fields"] == {"enrolled": 4}
    assert paths(school, "4年") == ["4年", "4年1組", "4年2組"]


def test_the_root_stays(school: School) -> None:
    refused = delete(school, "全校")
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "root_stays")


def test_who_has_left_the_school_holds_up_no_deletion(school: School) -> None:
    """A child who moved away in April must not keep a class alive for ever."""
    at_school = school.of("髙橋 陽菜", "高木 さくら", "小鳥遊 心")
    moved = {"add": at_school, "kind": "enrolled"}
    school.post(url_of(school, "4-1", "/memberships"), moved)
    assert delete(school, "4-2").status_code == 204
    gone = school.get(f"/members/{school.roster.id('転出 した子')}")
    assert (gone["class_id"], gone["class_name"], gone["groups"]) == (None, None, [])
    assert len(school.get("/members")["items"]) == 11


def test_a_deleted_group_lets_its_people_go_and_brings_them_back(
    school: School, database: Database
) -> None:
    assert delete(school, "東町1班").status_code == 204
    assert "東町1班" not in paths(school)
    child = f"/members/{school.roster.id('髙橋 蓮')}"
    assert [group["name"] for group in school.get(child)["groups"]] == ["5年1組"]
    [deleted] = school.get("/groups/deleted")["items"]
    assert (deleted["path"], deleted["kind"]) == ("東町1班", "free")
    assert delete(school, "東町1班").status_code == 404
    assert school.call("POST", url_of(school, "東町1班", "/restore")).status_code == 204
    assert [group["name"] for group in school.get(child)["groups"]] == ["5年1組", "東町1班"]
    assert operations(school, database) == [
        ("group.deleted", {"below": 0, "removed": 2}),
        ("group.restored", {}),
    ]


def test_what_is_below_goes_and_comes_back_with_it(empty_school: School) -> None:
    roster = RosterBuilder()
    for name, parent in (("縦割り", None), ("赤", "縦割り"), ("青", "縦割り")):
        roster.group(name, parent, kind="free")
    empty_school.load(roster)
    delete(empty_school, "赤")
    delete(empty_school, "縦割り")
    assert paths(empty_school) == []
    listed = empty_school.get("/groups/deleted")["items"]
    assert [item["path"] for item in listed] == ["縦割り", "赤"]
    refused = empty_school.refused("POST", url_of(empty_school, "赤", "/restore"))
    assert refused == (409, "group_above_gone")
    empty_school.call("POST", url_of(empty_school, "縦割り", "/restore"))
    assert paths(empty_school) == ["縦割り", "縦割り青"]


def test_after_thirty_days_a_deleted_group_is_gone_for_good(
    school: School, database: Database, time_machine: Any
) -> None:
    delete(school, "東町1班")
    time_machine.move_to(clock.now() + timedelta(days=30, minutes=1))
    assert school.get("/groups/deleted")["items"] == []
    assert school.call("POST", url_of(school, "東町1班", "/restore")).status_code == 404
    with database.for_system() as session:
        erase_deleted_groups(session, now=clock.now())
    group_id = school.roster.ids["東町1班"]
    with database.for_school(school.id, read_only=True) as session:
        assert session.get(Group, group_id) is None
        held = sa.select(sa.func.count()).where(Membership.group_id == group_id)
        assert session.scalar(held) == 0


def test_a_draft_that_names_a_deleted_group_is_told_so_in_a_way_that_can_be_mended(
    school: School,
) -> None:
    """No 404: the author is at the audience and has to see what became of it."""
    delete(school, "東町1班")
    audience = {"group_ids": school.of("4-1", "東町1班")}
    refused = school.call("POST", "/snapshots", json={"audience": audience})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "audience_group_gone")
    assert refused.json["error"]["fields"] == {"count": 1}


def test_an_own_group_that_was_deleted_takes_nothing_else_away(school: School) -> None:
    headers = school.staff(own_only=["roster.see"], groups=["東町1班", "4-1"])
    delete(school, "東町1班")
    names = [item["display_name"] for item in school.get("/members", headers)["items"]]
    assert names == ["高橋 陽菜", "渡邉 咲良"]
    nothing_left = school.staff(own_only=["roster.see"], groups=["東町1班"])
    assert school.get("/members", nothing_left)["items"] == []
