"""Tell the town who is behind the demo school's addresses, and who has an account of the city's.

So a newcomer finds the mother just written to.
"""

from __future__ import annotations

from collections.abc import Iterator

from suite.demo import city
from suite.demo.classes import SPECIAL_ROOMS
from suite.demo.model import Guardian, Pupil, Roster
from suite.demo.roster import demo_roster
from suite.town.city import City, Client
from suite.town.names import Named, Names

STAFF = "教職員"


def tell_town(names: Names) -> None:
    """Tell the town everybody of the demo school; again: the same."""
    names.put(townspeople(demo_roster()))


def city_of(names: Names, base_url: str) -> City:
    """Return the town's identity provider, which knows the demo's staff and one client.

    `base_url`: where browsers reach that one, which is Renraku.
    """
    client = Client(city.CLIENT_ID, city.CLIENT_SECRET, f"{base_url}{city.RETURN_PATH}")
    return City(names, STAFF, client)


def townspeople(roster: Roster) -> list[Named]:
    """Return who is behind each mail address, LINE user and app token.

    They come in the order of classes, the staff first.
    """
    staff = [(STAFF, person.mail, person.display_name, person.post) for person in roster.staff]
    families = list(_families(roster))
    people = []
    for position, (place, address, name, about) in enumerate(staff + families):
        people.append(Named(address, name, about, place, position))
    return people


def _families(roster: Roster) -> Iterator[tuple[str, str, str, str]]:
    """Yield (class, address, name, words) of every guardian's contact points.

    They are ordered by the class of the eldest child.
    """
    children = _children(roster)
    order = {pupil.key: place for place, pupil in enumerate(roster.enrolled())}
    guardians = [guardian for guardian in roster.guardians if children.get(guardian.key)]
    guardians.sort(key=lambda guardian: order[children[guardian.key][0].key])
    for guardian in guardians:
        own = children[guardian.key]
        place = class_name(own[0])
        name = guardian.name or guardian.label
        for point in guardian.contact_points:
            yield place, point.address, name, _whose(guardian, own)


def _children(roster: Roster) -> dict[str, list[Pupil]]:
    """Return the children of each guardian, the eldest first."""
    pupils = {pupil.key: pupil for pupil in roster.enrolled()}
    order = {key: place for place, key in enumerate(pupils)}
    children: dict[str, list[Pupil]] = {}
    for link in roster.guardianships:
        children.setdefault(link.guardian_key, []).append(pupils[link.pupil_key])
    for some in children.values():
        some.sort(key=lambda pupil: order[pupil.key], reverse=True)
    return children


def _whose(guardian: Guardian, children: list[Pupil]) -> str:
    """Return 4年2組 陽菜・1年1組 蓮の母."""
    named = "・".join(f"{class_name(pupil)} {_given_name(pupil)}" for pupil in children)
    return f"{named}の{guardian.label}"


def _given_name(pupil: Pupil) -> str:
    return pupil.display_name.partition(" ")[2] or pupil.display_name


def class_name(pupil: Pupil) -> str:
    """Return the words of a pupil's class: 4年2組, ひまわり学級."""
    key = (pupil.class_key or "").removeprefix("class/")
    if key in SPECIAL_ROOMS:
        return SPECIAL_ROOMS[key][0]
    grade, _, room = key.partition("-")
    return f"{grade}年{room}組"
