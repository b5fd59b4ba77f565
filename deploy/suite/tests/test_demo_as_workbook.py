"""The demo school typed into a roster file comes back as the same (DIR-2, DIR-11, DIR-15)."""

from workbook_files import sheet_of

from directory.domain.roster.plan import read_roster
from suite.demo.households import grade_of
from suite.demo.roster import demo_roster

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
ROSTER = demo_roster()


def rows_of_the_demo_school() -> list[tuple[str, ...]]:
    """One row for each mail address of a child's guardians, one without an address where there is
    none.
    """
    rooms = {group.key: group.name for group in ROSTER.groups}
    guardians = {guardian.key: guardian for guardian in ROSTER.guardians}
    rows = []
    for pupil in ROSTER.enrolled():
        place = (
            str(grade_of(pupil)),
            rooms[pupil.class_key],
            str(pupil.number),
            pupil.display_name,
            pupil.kana,
        )
        mails = [
            (guardian.name or "", guardian.label, point.address)
            for link in ROSTER.guardianships
            if link.pupil_key == pupil.key
            for guardian in [guardians[link.guardian_key]]
            for point in guardian.contact_points
            if point.kind == "mail"
        ]
        rows += [(*place, *mail) for mail in mails or [("", "", "")]]
    return rows


def test_the_demo_school_survives_the_way_through_a_roster_file() -> None:
    reading = read_roster([sheet_of([BASIC, *rows_of_the_demo_school()])])
    plan = reading.plan
    assert plan is not None, reading.errors
    assert {(p.display_name, p.kana, p.number) for p in plan.pupils} == {
        (p.display_name, p.kana, p.number) for p in ROSTER.enrolled()
    }
    assert len(plan.pupils) == 300
    assert len(plan.guardians) == len(plan.contact_points) == 84
    nodes = [group for group in ROSTER.groups if group.kind == "class"]
    assert {node.name for node in plan.classes} == {group.name for group in nodes}
    assert len(plan.classes) == len(nodes)
