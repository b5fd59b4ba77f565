"""One number, one word: whatever happens to a message, every list and screen counts its children
alike (MSG-8, MSG-18).
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messaging_house import House, MakePoint

from messaging.domain.audience import Addressed

FILTERS = {
    "confirmed": ("confirmed",),
    "unconfirmed": ("delivered", "delivering"),
    "unreached": ("unreached",),
}
ROOMS = (uuid4(), uuid4(), uuid4())
CHANNELS = ("mail", "line", "push")
ANSWERS = ("accepted", "refused", "expired", "unknown", "cancelled", "nothing")


def roster(sizes: list[int]) -> list[Addressed]:
    """Return children of three classes, each with a guardian of its own."""
    rooms = [room for room, size in zip(ROOMS, sizes, strict=True) for _ in range(size)]
    return [Addressed(uuid4(), room, number, (uuid4(),)) for number, room in enumerate(rooms)]


def happen(
    house: House,
    message_id: UUID,
    child: Addressed,
    event: str | tuple[str, ...],
    make_point: MakePoint,
) -> None:
    """Let one thing happen to a child of a message; several words are what each channel answers."""
    told = {"member_ids": [str(child.member_id)]}
    calls = house.staff(["messages.read", "phones.see"])
    if event == "press":
        token = house.link(message_id, child.guardian_ids[0])
        house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))
    elif event == "told":
        house.client.post(
            f"/messages/{message_id}/told",
            json={**told, "told_by_name": "山下 明子"},
            headers=calls,
        )
    elif event == "taken back":
        house.client.post(f"/messages/{message_id}/told/withdraw", json=told, headers=calls)
    elif event == "stop":
        house.client.post(f"/messages/{message_id}/stop", headers=house.staff())
    else:
        for channel, state in zip(CHANNELS, event, strict=True):
            points = [] if state == "nothing" else [make_point({child.member_id: 1}, state)]
            nothing = [child.member_id] if state == "nothing" else []
            house.hear(house.settled(message_id, points, nothing, channel=channel))


def assert_all_agree(
    house: House, message_id: UUID, viewer: dict[str, str], seen: set[str]
) -> None:
    """Hold the message's page, its class table, the list of messages, and every list of children
    against one another.
    """
    progress = house.get(f"/messages/{message_id}/progress", headers=viewer)
    counts = progress["counts"]
    assert progress["heads"] == len(seen)
    assert sum(
        counts[name] for name in ("confirmed", "delivered", "delivering", "unreached")
    ) == len(seen)
    assert counts["told"] <= counts["confirmed"]
    assert counts["stopped"] <= counts["unreached"]

    by_class: Counter[str] = Counter()
    for row in progress["by_class"]:
        by_class.update({name: row[name] for name in ("heads", *counts)})
    assert {name: by_class[name] for name in counts} == counts

    [listed] = [
        item
        for item in house.get("/messages", headers=viewer)["items"]
        if item["id"] == str(message_id)
    ]
    assert (listed["seen_heads"], listed["counts"]) == (len(seen), counts)

    found: dict[str, set[str]] = {}
    for which, names in FILTERS.items():
        items = house.get(
            f"/messages/{message_id}/recipients?state={which}&limit=500", headers=viewer
        )["items"]
        found[which] = {item["member_id"] for item in items}
        assert len(items) == sum(counts[name] for name in names), which
    assert sorted(member for members in found.values() for member in members) == sorted(seen)

    to_tell = {
        item["member_id"] for item in house.get("/messages/unreached", headers=viewer)["items"]
    }
    assert to_tell & seen <= found["unreached"]
    assert len(to_tell & seen) == counts["unreached"] - counts["stopped"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_screen_counts_alike_whatever_happens(
    data: Any, three_channels: House, make_point: MakePoint
) -> None:
    house = three_channels
    sizes = data.draw(
        st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any),
        label="children of each class",
    )
    members = roster(sizes)
    message_id = house.send(members)
    answers = st.tuples(*(st.sampled_from(ANSWERS) for _ in CHANNELS))
    happenings = st.tuples(
        st.sampled_from(members), st.sampled_from(("press", "told", "taken back", "stop")) | answers
    )
    for child, event in data.draw(st.lists(happenings, max_size=12), label="what happens"):
        happen(house, message_id, child, event, make_point)
    everybody = {str(member.member_id) for member in members}
    assert_all_agree(house, message_id, house.staff(), everybody)
    own = {str(member.member_id) for member in members if member.class_id == ROOMS[0]}
    if own:
        teacher = house.sender([ROOMS[0]], account_id=uuid4())
        assert_all_agree(house, message_id, teacher, own)
        assert house.get(f"/messages/{message_id}/progress", headers=teacher)["whole_heads"] == len(
            everybody
        )
