"""Families of the demo school: who belongs to whom, and by what they are reached."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, cast

from suite.demo.classes import FISCAL_YEAR
from suite.demo.model import NAMESPACE, ContactPoint, Guardian, Guardianship, Pupil
from suite.demo.name_pools import FATHERS, MOTHERS, NamePart, latin
from suite.demo.names import COMPANION_NAMES, DIFFICULT_NAMES, PlacedName
from suite.demo.special_families import (
    DRAWN_FAMILIES,
    PLACED_FAMILIES,
    THREE_SIBLINGS,
    ChannelPlan,
    FamilyPlan,
    GuardianPlan,
)

Family = tuple[Pupil, ...]
KNOWN_SIBLINGS = (("pupil/1-1-13", "pupil/4-2-14"), ("pupil/6-1-2", "pupil/6-2-1"))
TRIPLES, PAIRS = 5, 58
# In the order in which they are drawn: another one would give every family other people.
CHANNEL_TOTALS = {"push": 106, "line": 190, "mail": 84}
TWO_CHANNEL_GUARDIANS = 41
TWO_CHANNELS = (("line", "push"), ("line", "mail"), ("push", "mail"))
MAIL_DOMAINS = {
    "docomo": 20,
    "ezweb": 14,
    "softbank": 12,
    "gmail": 28,
    "icloud": 12,
    "yahoo": 10,
    "mail": 4,
}


@dataclass
class Households:
    """What is made here; `cases` maps a word to the keys of the children it is about."""

    families: list[Family]
    guardians: list[Guardian] = field(default_factory=list)
    guardianships: list[Guardianship] = field(default_factory=list)
    cases: dict[str, tuple[str, ...]] = field(default_factory=dict)


def grade_of(pupil: Pupil) -> int:
    """Return the grade of an enrolled pupil; in a special class it is that of the joined class."""
    place = next(key for key in (pupil.class_key or "", *pupil.joined) if key[-1].isdigit())
    return int(place.removeprefix("class/")[0])


def form_families(pupils: list[Pupil]) -> list[Family]:
    """Join children of one family name in different grades.

    5 families have three children, 58 two, 169 one. Those with a difficult name stay alone, except
    the two known pairs.
    """
    by_key = {pupil.key: pupil for pupil in pupils}
    families: list[Family] = [tuple(by_key[key] for key in keys) for keys in KNOWN_SIBLINGS]
    namesakes = _namesakes(pupils)
    families += _draw_siblings(namesakes, 3, TRIPLES)
    families += _draw_siblings(namesakes, 2, PAIRS - len(KNOWN_SIBLINGS))
    taken = {pupil.key for family in families for pupil in family}
    for pupil in pupils:
        if pupil.key not in taken:
            families.append((pupil,))
    return families


def _namesakes(pupils: list[Pupil]) -> dict[str, list[Pupil]]:
    """Return the pupils by family name, without those whose place was given to them."""
    placed = {_key_of(name) for name in DIFFICULT_NAMES + COMPANION_NAMES}
    namesakes: dict[str, list[Pupil]] = {}
    for pupil in pupils:
        if pupil.key not in placed:
            family_name = pupil.display_name.split()[0]
            namesakes.setdefault(family_name, []).append(pupil)
    return namesakes


def _draw_siblings(namesakes: dict[str, list[Pupil]], size: int, count: int) -> list[Family]:
    """Take so many families of one size out of `namesakes`, a name at a time in turn."""
    found: list[Family] = []
    while len(found) < count:
        for people in namesakes.values():
            one_a_grade = {grade_of(pupil): pupil for pupil in people}
            siblings = tuple(one_a_grade.values())[:size]
            if len(siblings) == size and len(found) < count:
                found.append(siblings)
                for pupil in siblings:
                    people.remove(pupil)
    return found


def _key_of(placed: PlacedName) -> str:
    return f"pupil/{placed.grade}-{placed.room}-{placed.number}"


def _plan_families(families: list[Family], rng: random.Random) -> list[tuple[Family, FamilyPlan]]:
    """Plan the special families, and for the ordinary ones a first guardian without a channel."""
    plans: dict[Family, FamilyPlan] = {}
    for family in families:
        for pupil in family:
            if pupil.key in PLACED_FAMILIES:
                plans[family] = PLACED_FAMILIES[pupil.key]
    difficult = {_key_of(name) for name in DIFFICULT_NAMES}
    ordinary = []
    for family in families:
        is_alone = len(family) == 1 and family[0].key not in difficult
        if is_alone and family not in plans:
            ordinary.append(family)
    drawn = rng.sample(ordinary, len(DRAWN_FAMILIES))
    for family, plan in zip(drawn, DRAWN_FAMILIES, strict=True):
        plans[family] = plan
    first_of_three = next(family for family in families if len(family) == 3)
    plans[first_of_three] = THREE_SIBLINGS
    return [(family, plans.get(family) or _ordinary_plan(rng)) for family in families]


def _ordinary_plan(rng: random.Random) -> FamilyPlan:
    label = rng.choice(["母"] * 9 + ["父"])
    return FamilyPlan("", (GuardianPlan(label),))


def _draw_channels(
    planned: list[tuple[Family, FamilyPlan]], rng: random.Random
) -> list[tuple[Family, FamilyPlan]]:
    """Add second guardians, and share out what the special families leave of CHANNEL_TOTALS."""
    sets = _channel_sets(planned)
    rng.shuffle(sets)
    ordinary = [family for family, plan in planned if not plan.case]
    with_second = set(rng.sample(ordinary, len(sets) - len(ordinary)))
    drawn = iter(sets)
    result = []
    for family, plan in planned:
        if plan.case:
            result.append((family, plan))
            continue
        labels = [plan.guardians[0].label]
        if family in with_second:
            labels.append("父" if labels == ["母"] else "母")
        guardians = []
        for label in labels:
            channels = tuple(ChannelPlan(kind) for kind in next(drawn))
            guardians.append(GuardianPlan(label, channels))
        result.append((family, FamilyPlan("", tuple(guardians))))
    return result


def _channel_sets(planned: list[tuple[Family, FamilyPlan]]) -> list[tuple[str, ...]]:
    """Return by which channels each guardian of the ordinary families is reached."""
    special: list[GuardianPlan] = []
    for _family, plan in planned:
        if plan.case:
            special += plan.guardians
    left = Counter(CHANNEL_TOTALS)
    doubles = TWO_CHANNEL_GUARDIANS
    for guardian in special:
        left -= Counter(channel.kind for channel in guardian.channels)
        if len(guardian.channels) == 2:
            doubles -= 1
    pairs = [TWO_CHANNELS[n % 3] for n in range(doubles)]
    for pair in pairs:
        left -= Counter(pair)
    singles = [(kind,) for kind in sorted(left.elements(), key=list(CHANNEL_TOTALS).index)]
    return [*pairs, *singles]


@dataclass
class AddressMaker:
    """Make addresses and phones that nobody else has."""

    rng: random.Random
    mails: set[str] = field(default_factory=set)
    phones: int = 1000

    def phone(self) -> str:
        """Return the next fictional number."""
        self.phones += 1
        return f"0000-00-{self.phones}"

    def address(self, channel: ChannelPlan, key: str, family_kana: str, given_kana: str) -> str:
        """Return a LINE user id, an app token, or a mail address.

        The town knows by the beginning of an app token that a phone is gone.
        """
        if channel.kind == "mail":
            return self._mail(latin(family_kana), latin(given_kana))
        token = uuid.uuid5(NAMESPACE, key).hex
        if channel.kind == "line":
            return f"U{token}"
        return f"app-{token}" if channel.health == "ok" else f"gone-{token}"

    def _mail(self, family: str, given: str) -> str:
        """Return an address that nobody has yet, of a name in Latin letters."""
        domain = self.rng.choices(list(MAIL_DOMAINS), list(MAIL_DOMAINS.values()))[0]
        manners = [
            f"{given}.{family}",
            f"{family}-{given}",
            f"{given}{family[0]}",
            f"{given}_{family}",
        ]
        while True:
            local = self.rng.choice(manners)
            mail = f"{local}{self.rng.randint(2, 99)}@{domain}.town.test"
            if mail not in self.mails:
                self.mails.add(mail)
                return mail


def _make_guardian(
    family: Family, position: int, plan: GuardianPlan, maker: AddressMaker
) -> Guardian:
    first = family[0]
    family_name = first.display_name.split()[0]
    family_kana = first.kana.split()[0]
    given_names = FATHERS if plan.label == "父" else MOTHERS
    given = maker.rng.choice(given_names)
    if plan.given:
        given = NamePart(plan.given, given.kana)
    place = f"{first.key.removeprefix('pupil/')}/{position}"
    points = []
    for channel in plan.channels:
        key = f"contact/{place}/{channel.kind}"
        days = maker.rng.randint(0, 20)
        registered = date(FISCAL_YEAR, 4, 8) + timedelta(days=days)
        address = channel.address or maker.address(
            channel,
            key,
            family_kana,
            given.kana,
        )
        points.append(
            ContactPoint(
                key=key,
                kind=cast('Literal["mail", "line", "push"]', channel.kind),
                address=address,
                health=channel.health,
                since=channel.since or registered,
            )
        )
    return Guardian(
        key=f"guardian/{place}",
        label=plan.label,
        name=f"{family_name} {given.text}",
        language=plan.language,
        contact_points=tuple(points),
        phones=(maker.phone(),),
    )


def make_households(pupils: list[Pupil], rng: random.Random) -> Households:
    """Build families, guardians, guardianships and the special cases for the enrolled pupils."""
    homes = Households(form_families(pupils))
    maker = AddressMaker(rng)
    for family, plan in _draw_channels(_plan_families(homes.families, rng), rng):
        if plan.case:
            keys = tuple(pupil.key for pupil in family)
            homes.cases[plan.case] = homes.cases.get(plan.case, ()) + keys
        for position, guardian_plan in enumerate(plan.guardians, start=1):
            guardian = _make_guardian(family, position, guardian_plan, maker)
            homes.guardians.append(guardian)
            homes.guardianships += [
                Guardianship(
                    pupil.key,
                    guardian.key,
                    guardian.label,
                    position,
                    plan.protection,
                )
                for pupil in family
            ]
    return homes
