"""What stands between a roster file and a mistake: doubts are asked, and old pages write nothing.

(DIR-2)
"""

from __future__ import annotations

from test_import_plans import BASIC, HINA, NEW, office, said, with_cells

__all__ = ["office"]


def test_what_was_decided_meanwhile_is_looked_at_again(school, office):
    """Another tab, or a colleague, made the plan anew: the old page's button writes nothing."""
    plan = office(NEW)
    school.post(f"/imports/plans/{plan['id']}/decisions", {"decisions": {}})
    before = school.get("/members")
    url = f"/imports/plans/{plan['id']}/apply"
    old = {"revision": plan["revision"]}
    assert school.refused("POST", url, json=old) == (409, "changed_meanwhile")
    assert school.get("/members") == before
    new = school.get(f"/imports/plans/{plan['id']}")["revision"]
    assert school.call("POST", url, json={"revision": new}).status_code == 200


def test_a_number_alone_makes_nobody_the_same_child(school, office):
    """In a sheet of which one column was sorted each number stands beside another child."""
    hina = school.roster.id("髙橋 陽菜")
    patch = {"management_number": "20260412"}
    assert school.call("PATCH", f"/members/{hina}", json=patch).status_code == 204
    stranger = (*NEW, "20260412")
    plan = office(stranger, header=(*BASIC, "管理番号"))
    (question,) = plan["questions"]
    assert (question["kind"], question["params"]["what"]) == ("same_child", "氏名")
    assert plan["state"] == "asking"
    another = {"decisions": {question["key"]: "another"}}
    school.post(f"/imports/plans/{plan['id']}/decisions", another)
    decided = school.get(f"/imports/plans/{plan['id']}")
    assert [(e["cell"], e["code"]) for e in decided["errors"]] == [
        ("I2", "management_number_known")
    ]


def test_a_namesake_with_a_number_of_nobody_may_be_another_child(school, office):
    """A school whose files bear its own numbers: who is meant only the office can say."""
    rows = [
        (*with_cells(HINA, 組="1", 出席番号=seat, 保護者="", 続柄="", メールアドレス=""), number)
        for seat, number in (("40", "M0040"), ("41", "M0041"))
    ]
    plan = office(*rows, header=(*BASIC, "管理番号"))
    first, second = plan["questions"]
    asked = [(each["kind"], each["cell"], each["params"]["number"]) for each in (first, second)]
    assert asked == [("namesake_child", "I2", "M0040"), ("namesake_child", "I3", "M0041")]
    assert (plan["state"], plan["errors"]) == ("asking", [])
    decisions = {first["key"]: "another", second["key"]: "leave"}
    school.post(f"/imports/plans/{plan['id']}/decisions", {"decisions": decisions})
    decided = school.get(f"/imports/plans/{plan['id']}")
    assert decided["state"] == "ready"
    assert [name for name, _ in said(decided, "new")] == ["髙橋 陽菜"]
    assert said(decided, "changed") == []


def test_children_on_one_seat_go_out_and_come_in_unchanged(school, office):
    """Whatever the roster may hold, its export is the roster."""
    header = (*BASIC, "管理番号")
    rows = [
        ("1", "1", "40", "本田 葵", "ホンダ アオイ", "", "", "", "M1"),
        ("1", "1", "40", "本田 湊", "ホンダ ミナト", "", "", "", "M2"),
    ]
    plan = office(*rows, header=header)
    assert [(note["cell"], note["code"]) for note in plan["notes"]] == [("C3", "seat_twice")]
    applied = {"revision": plan["revision"]}
    assert (
        school.call("POST", f"/imports/plans/{plan['id']}/apply", json=applied).status_code == 200
    )
    again = office(*rows, header=header)
    assert (again["errors"], said(again, "new"), said(again, "changed")) == ([], [], [])
