"""Families of the demo school: who belongs to whom, by which channels they are reached, which phones are called."""

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
from suite.demo.names import COMPANION_NAMES, DIFFICULT_NAMES
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
CHANNEL_TOTALS = {"line": 190, "app": 106, "mail": 84}
TWO_CHANNEL_GUARDIANS = 41
TWO_CHANNELS = (("line", "app"), ("line", "mail"), ("app", "mail"))
MAIL_DOMAINS = {"docomo": 20, "ezweb": 14, "softbank": 12, "gmail": 28, "icloud": 12, "yahoo": 10, "mail": 4}


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
    """Join children of one family name in different grades: 5 families of three, 58 of two, 169 of one.

    Those with a difficult name stay alone, except the two known pairs.
    """
    by_key = {pupil.key: pupil for pupil in pupils}
    placed = {f"pupil/{p.grade}-{p.room}-{p.number}" for p in DIFFICULT_NAMES + COMPANION_NAMES}
    families: list[Family] = [tuple(by_key[key] for key in keys) for keys in KNOWN_SIBLINGS]
    namesakes: dict[str, list[Pupil]] = {}
    for pupil in pupils:
        if pupil.key not in placed:
            namesakes.setdefault(pupil.display_name.split()[0], []).append(pupil)
    for size, count in ((3, TRIPLES), (2, PAIRS - len(KNOWN_SIBLINGS))):
        found = 0
        while found < count:
            for people in namesakes.values():
                siblings = tuple({grade_of(pupil): pupil for pupil in people}.values())[:size]
                if len(siblings) == size and found < count:
                    families.append(siblings)
                    found += 1
                    for pupil in siblings:
                        people.remove(pupil)
    taken = {pupil.key for family in families for pupil in family}
    return families + [(pupil,) for pupil in pupils if pupil.key not in taken]


def _plan_families(families: list[Family], rng: random.Random) -> list[tuple[Family, FamilyPlan]]:
    """Give the special families their plan, and the ordinary ones a first guardian without a channel yet."""
    plans: dict[Family, FamilyPlan] = {}
    for family in families:
        for pupil in family:
            if pupil.key in PLACED_FAMILIES:
                plans[family] = PLACED_FAMILIES[pupil.key]
    placed_keys = {f"pupil/{p.grade}-{p.room}-{p.number}" for p in DIFFICULT_NAMES}
    ordinary = [f for f in families if len(f) == 1 and f not in plans and f[0].key not in placed_keys]
    plans |= zip(rng.sample(ordinary, len(DRAWN_FAMILIES)), DRAWN_FAMILIES, strict=True)
    plans[next(family for family in families if len(family) == 3)] = THREE_SIBLINGS
    first = ["母"] * 9 + ["父"]
    return [(family, plans.get(family) or FamilyPlan("", (GuardianPlan(rng.choice(first)),))) for family in families]


def _draw_channels(planned: list[tuple[Family, FamilyPlan]], rng: random.Random) -> list[tuple[Family, FamilyPlan]]:
    """Add second guardians and share out what the special families leave of 190 LINE, 106 app and 84 mail."""
    special = Counter(c.kind for _, plan in planned if plan.case for g in plan.guardians for c in g.channels)
    doubles_fixed = sum(len(g.channels) == 2 for _, plan in planned if plan.case for g in plan.guardians)
    left = Counter(CHANNEL_TOTALS) - special
    doubles = TWO_CHANNEL_GUARDIANS - doubles_fixed
    sets = [TWO_CHANNELS[n % 3] for n in range(doubles)]
    left -= Counter(kind for pair in sets for kind in pair)
    sets += [(kind,) for kind in sorted(left.elements())]  # type: ignore[misc]
    rng.shuffle(sets)
    ordinary = [family for family, plan in planned if not plan.case]
    with_second = set(rng.sample(ordinary, len(sets) - len(ordinary)))
    drawn = iter(sets)
    result = []
    for family, plan in planned:
        if not plan.case:
            labels = [plan.guardians[0].label]
            if family in with_second:
                labels.append("父" if labels == ["母"] else "母")
            guardians = tuple(GuardianPlan(label, tuple(ChannelPlan(k) for k in next(drawn))) for label in labels)
            plan = FamilyPlan("", guardians)
        result.append((family, plan))
    return result


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
        """Return a LINE user id, an app token (the town knows by its beginning that a phone is gone), or a mail address."""
        if channel.kind != "mail":
            token = uuid.uuid5(NAMESPACE, key).hex
            start = "U" if channel.kind == "line" else "app-" if channel.health == "ok" else "gone-"
            return f"{start}{token}"
        family, given = latin(family_kana), latin(given_kana)
        domain = self.rng.choices(list(MAIL_DOMAINS), list(MAIL_DOMAINS.values()))[0]
        while True:
            local = self.rng.choice([f"{given}.{family}", f"{family}-{given}", f"{given}{family[0]}", f"{given}_{family}"])
            mail = f"{local}{self.rng.randint(2, 99)}@{domain}.town.test"
            if mail not in self.mails:
                self.mails.add(mail)
                return mail


def _make_guardian(family: Family, position: int, plan: GuardianPlan, maker: AddressMaker) -> Guardian:
    family_name, family_kana = family[0].display_name.split()[0], family[0].kana.split()[0]
    given = maker.rng.choice(FATHERS if plan.label == "父" else MOTHERS)
    if plan.given:
        given = NamePart(plan.given, given.kana)
    place = f"{family[0].key.removeprefix('pupil/')}/{position}"
    points = []
    for channel in plan.channels:
        key = f"contact/{place}/{channel.kind}"
        registered = date(FISCAL_YEAR, 4, 8) + timedelta(days=maker.rng.randint(0, 20))
        points.append(
            ContactPoint(
                key=key,
                kind=cast('Literal["mail", "line", "app"]', channel.kind),
                address=channel.address or maker.address(channel, key, family_kana, given.kana),
                health=channel.health,
                since=channel.since or registered,
            )
        )
    name = f"{family_name} {given.text}"
    return Guardian(f"guardian/{place}", plan.label, name, plan.language, tuple(points), (maker.phone(),))


def make_households(pupils: list[Pupil], rng: random.Random) -> Households:
    """Build families, guardians, guardianships and the special cases for the enrolled pupils."""
    homes = Households(form_families(pupils))
    maker = AddressMaker(rng)
    for family, plan in _draw_channels(_plan_families(homes.families, rng), rng):
        if plan.case:
            homes.cases[plan.case] = homes.cases.get(plan.case, ()) + tuple(pupil.key for pupil in family)
        for position, guardian_plan in enumerate(plan.guardians, start=1):
            guardian = _make_guardian(family, position, guardian_plan, maker)
            homes.guardians.append(guardian)
            homes.guardianships += [
                Guardianship(pupil.key, guardian.key, guardian.label, position, plan.protection) for pupil in family
            ]
    return homes
