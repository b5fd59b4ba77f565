"""What stands between a roster file and a mistake: doubts are asked, and old pages write nothing.

(DIR-2)
"""

from __future__ import annotations

from test_import_plans import BASIC, NEW, office

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
