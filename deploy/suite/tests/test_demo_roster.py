"""The demo school has exactly the people that its description promises (DIR-4, DIR-8, DIR-9,
DIR-11, DIR-12, DIR-14).
"""

import subprocess
import sys
from collections import Counter

import pytest
from roster_reach import reachable_pupil_keys

from suite.demo.classes import OUT_OF_ORDER, ROOM_SIZES, reading_order
from suite.demo.households import grade_of
from suite.demo.model import Guardian, Pupil, Roster, id_of
from suite.demo.names import DIFFICULT_NAMES
from suite.demo.roster import demo_roster

ROSTER = demo_roster()
PUPILS = {pupil.key: pupil for pupil in ROSTER.pupils}
GUARDIANS = {guardian.key: guardian for guardian in ROSTER.guardians}


def guardians_of(pupil_key: str, roster: Roster = ROSTER) -> list[Guardian]:
    return [
        GUARDIANS[link.guardian_key] for link in roster.guardianships if link.pupil_key == pupil_key
    ]


def in_class(key: str) -> list[Pupil]:
    return [pupil for pupil in ROSTER.enrolled() if pupil.class_key == key]


def addresses(kind: str) -> list[str]:
    return [
        point.address
        for guardian in ROSTER.guardians
        for point in guardian.contact_points
        if point.kind == kind
    ]


def test_every_class_has_its_number_of_pupils() -> None:
    counts = Counter(pupil.class_key for pupil in ROSTER.enrolled())
    expected = {f"class/{grade}-{room}": size for (grade, room), size in ROOM_SIZES.items()}
    assert counts == expected | {"class/himawari": 3, "class/tanpopo": 3}
    assert sum(ROOM_SIZES.values()) == 294
    assert Counter(pupil.status for pupil in ROSTER.pupils) == {
        "enrolled": 300,
        "prospective": 51,
        "transferred": 2,
        "graduated": 46,
    }


def test_the_class_tree_has_one_root_and_reads_as_a_path() -> None:
    nodes = {group.key: group for group in ROSTER.groups if group.kind == "class"}
    assert [group.name for group in nodes.values() if group.parent is None] == ["全校"]
    assert nodes["class/4-2"].name == "2組"
    assert nodes[nodes["class/4-2"].parent].name == "4年"
    assert len(nodes) == 1 + 6 + 12 + 2


def test_the_special_classes_join_the_classes_named() -> None:
    joined = {
        key: {j for p in in_class(key) for j in p.joined if j.startswith("class/")}
        for key in ("class/himawari", "class/tanpopo")
    }
    assert joined["class/himawari"] == {"class/2-2", "class/4-1", "class/6-1"}
    assert joined["class/tanpopo"] == {"class/1-2", "class/3-1", "class/5-2"}


@pytest.mark.parametrize("placed", DIFFICULT_NAMES)
def test_a_difficult_name_sits_in_its_class_with_its_number(placed) -> None:
    pupil = PUPILS[f"pupil/{placed.grade}-{placed.room}-{placed.number}"]
    assert (pupil.display_name, pupil.kana) == (placed.name, placed.kana)
    assert (pupil.class_key, pupil.number) == (f"class/{placed.grade}-{placed.room}", placed.number)


def test_numbers_in_a_class_run_from_one_in_the_order_of_readings() -> None:
    out_of_order = {f"pupil/{grade}-{room}-{number}" for grade, room, number in OUT_OF_ORDER}
    for key in {pupil.class_key for pupil in ROSTER.enrolled()}:
        pupils = sorted(in_class(key), key=lambda pupil: pupil.number)
        assert [pupil.number for pupil in pupils] == list(range(1, len(pupils) + 1))
        readings = [reading_order(pupil.kana) for pupil in pupils if pupil.key not in out_of_order]
        assert readings == sorted(readings)


def test_families_are_232_with_one_two_or_three_children() -> None:
    families = ROSTER.families()
    assert Counter(len(family) for family in families) == {1: 169, 2: 58, 3: 5}
    assert set().union(*families) == {pupil.key for pupil in ROSTER.enrolled()}
    for family in families:
        assert len({PUPILS[key].display_name.split()[0] for key in family}) == 1


def test_siblings_are_in_different_grades_except_the_twins() -> None:
    same_grade = [
        f for f in ROSTER.families() if len({grade_of(PUPILS[key]) for key in f}) < len(f)
    ]
    assert same_grade == [frozenset({"pupil/6-1-2", "pupil/6-2-1"})]


def test_contact_points_are_as_many_of_each_kind_as_described() -> None:
    assert {kind: len(addresses(kind)) for kind in ("line", "push", "mail")} == {
        "line": 190,
        "push": 106,
        "mail": 84,
    }
    kinds = [
        Counter(point.kind for point in guardian.contact_points) for guardian in ROSTER.guardians
    ]
    assert sum(len(found) == 2 for found in kinds) == 41
    assert all(found.total() == len(found) <= 2 for found in kinds)


def test_nine_children_are_not_reachable_each_for_its_reason() -> None:
    unreachable = {pupil.key for pupil in ROSTER.enrolled()} - reachable_pupil_keys(ROSTER)
    reasons = {
        "never_registered": 4,
        "line_blocked": 1,
        "push_dead": 1,
        "mail_unknown": 1,
        "phone_and_paper": 2,
    }
    assert {word: len(ROSTER.cases[word]) for word in reasons} == reasons
    assert unreachable == {key for word in reasons for key in ROSTER.cases[word]}
    assert len(unreachable) == 9
    assert "pupil/4-2-12" in unreachable


def test_no_two_contact_points_share_an_address_and_all_stay_in_the_town() -> None:
    everything = [address for kind in ("line", "push", "mail") for address in addresses(kind)]
    assert len(set(everything)) == len(everything) == 380
    mails = addresses("mail") + [member.mail for member in ROSTER.staff]
    assert len(set(mails)) == len(mails)
    assert all(mail.endswith(".town.test") for mail in mails)


@pytest.mark.parametrize(
    "address",
    ["m..takahashi@docomo.town.test", ".nagisa@docomo.town.test", "hiro-.@ezweb.town.test"],
)
def test_the_carrier_addresses_that_break_the_rfc_are_there(address: str) -> None:
    assert address in addresses("mail")


@pytest.mark.parametrize("domain", ["nolinks", "full", "slow", "greylist"])
def test_each_difficult_domain_has_one_family(domain: str) -> None:
    assert sum(address.endswith(f"@{domain}.town.test") for address in addresses("mail")) == 1


def test_three_siblings_and_the_twins_each_have_one_mail() -> None:
    for case, size in (("three_siblings_on_one_mail", 3), ("twins_on_one_mail", 2)):
        children = ROSTER.cases[case]
        assert len(children) == size
        (guardian,) = {guardian for child in children for guardian in guardians_of(child)}
        assert [point.kind for point in guardian.contact_points] == ["mail"]


def test_one_child_has_mother_on_line_father_and_grandmother_on_mail() -> None:
    (child,) = ROSTER.cases["three_guardians"]
    found = [(guardian.label, guardian.contact_points[0].kind) for guardian in guardians_of(child)]
    assert found == [("母", "line"), ("父", "mail"), ("祖母", "mail")]


def test_only_the_protected_family_is_protected() -> None:
    protected = [link for link in ROSTER.guardianships if link.protection]
    assert [(link.pupil_key, link.label) for link in protected] == [
        (ROSTER.cases["protected"][0], "母")
    ]


def test_every_enrolled_child_has_somebody_to_call() -> None:
    phones = [phone for guardian in ROSTER.guardians for phone in guardian.phones]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("0000-00-") for phone in phones)
    assert all(
        any(guardian.phones for guardian in guardians_of(pupil.key)) for pupil in ROSTER.enrolled()
    )


def test_free_groups_are_as_many_and_as_large_as_described() -> None:
    names = [group.name for group in ROSTER.groups if group.kind == "free"]
    prefixes = {"登校班": 18, "縦割り班": 12}
    suffixes = {"地区": 6, "委員会": 6, "クラブ": 9}  # eight clubs and 放課後児童クラブ
    assert {word: sum(name.startswith(word) for name in names) for word in prefixes} == prefixes
    assert {word: sum(name.endswith(word) for name in names) for word in suffixes} == suffixes
    sizes = Counter(key for pupil in ROSTER.pupils for key in pupil.joined)
    by_name = {group.name: sizes[group.key] for group in ROSTER.groups}
    described = {
        "金管バンド": 31,
        "放課後児童クラブ": 62,
        "ことばの教室": 5,
        "PTA学級委員": 28,
        "持久走記録会 係": 12,
    }
    assert {name: by_name[name] for name in described} == described


def test_every_child_walks_in_one_group_and_siblings_walk_together() -> None:
    def route(key: str) -> list[str]:
        return [group for group in PUPILS[key].joined if group.startswith("free/route/")]

    assert all(len(route(pupil.key)) == 1 for pupil in ROSTER.enrolled())
    assert all(len({tuple(route(key)) for key in family}) == 1 for family in ROSTER.families())


def test_staff_are_25_with_their_rights() -> None:
    assert Counter(member.role for member in ROSTER.staff) == {
        "administrator": 3,
        "limited_administrator": 8,
        "sender": 11,
        None: 3,
    }
    in_charge = [key for member in ROSTER.staff for key in member.class_keys]
    assert sorted(in_charge) == sorted({pupil.class_key for pupil in ROSTER.enrolled()})
    assert {member.display_name for member in ROSTER.staff if member.schools == 2} == {
        "水野 さゆり",
        "Emily Carter",
    }
    everyone = {staff for group, staff in ROSTER.staff_memberships if group == "staff-group/all"}
    assert everyone == {member.key for member in ROSTER.staff}


def test_keys_are_unique_and_every_reference_leads_somewhere() -> None:
    people = (*ROSTER.groups, *ROSTER.pupils, *ROSTER.guardians, *ROSTER.staff)
    keys = [thing.key for thing in people] + [
        p.key for g in ROSTER.guardians for p in g.contact_points
    ]
    known = set(keys)
    assert len(known) == len(keys)
    referred = {key for pupil in ROSTER.pupils for key in (pupil.class_key, *pupil.joined) if key}
    referred |= {
        key for link in ROSTER.guardianships for key in (link.pupil_key, link.guardian_key)
    }
    referred |= {key for pair in ROSTER.staff_memberships for key in pair}
    referred |= {key for keys in ROSTER.cases.values() for key in keys}
    referred |= {group.parent for group in ROSTER.groups if group.parent}
    assert referred <= known


def test_the_same_school_comes_out_in_another_process_with_another_hash_seed() -> None:
    code = (
        "import hashlib; from suite.demo.roster import demo_roster as d; "
        "print(hashlib.sha256(repr(d()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert demo_roster() == ROSTER


def test_identifiers_come_from_keys() -> None:
    assert str(id_of("pupil/4-2-14")) == "d726b845-f3be-57a5-97b9-84ee68ad5b25"
