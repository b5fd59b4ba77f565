"""The whole demo school in one value."""

from __future__ import annotations

import random
from dataclasses import replace

from suite.demo.classes import class_groups, enrolled_pupils, name_maker, pupils_around
from suite.demo.groups import free_groups, joined_groups
from suite.demo.households import make_households
from suite.demo.model import Roster, School
from suite.demo.staff import ACCOUNT_CASES, staff_groups, staff_members, staff_memberships

SEED = 208114825


def demo_roster() -> Roster:
    """Build みなも市立つばめ野小学校: 300 pupils in 232 families, 25 staff.

    It is equal on every machine and in every run.
    """
    rng = random.Random(SEED)  # noqa: S311 - a reproducible draw of fictional people, no secret
    names = name_maker(rng)
    enrolled = enrolled_pupils(names)
    around = pupils_around(names)
    homes = make_households(enrolled, rng)
    joined = joined_groups(homes.families, rng)
    pupils = []
    for pupil in enrolled:
        groups = (*pupil.joined, *joined[pupil.key])
        pupils.append(replace(pupil, joined=groups))
    return Roster(
        school=School(),
        groups=class_groups() + free_groups() + staff_groups(),
        pupils=(*pupils, *around),
        guardians=tuple(homes.guardians),
        guardianships=tuple(homes.guardianships),
        staff=staff_members(),
        staff_memberships=staff_memberships(),
        cases={
            **homes.cases,
            **ACCOUNT_CASES,
        },
    )
