"""The families that test something: their guardians and contact points are written down, not drawn.

A mail address is given where its spelling or its domain is the point: old docomo and au addresses
with dots where RFC 5321 forbids them, a domain that refuses links, a full mailbox, a slow domain, a
greylisting one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from suite.demo.model import Health


@dataclass(frozen=True)
class ChannelPlan:
    """A contact point to make: `address` empty means one in the ordinary manner."""

    kind: str
    address: str = ""
    health: Health = "ok"
    since: date | None = None


@dataclass(frozen=True)
class GuardianPlan:
    """A guardian to make: `given` empty means a drawn given name."""

    label: str
    channels: tuple[ChannelPlan, ...] = ()
    given: str = ""
    language: str = "ja"


@dataclass(frozen=True)
class FamilyPlan:
    """A family to make; `case` is the word under which the roster lists it."""

    case: str
    guardians: tuple[GuardianPlan, ...] = field(default=(GuardianPlan("母"),))
    protection: bool = False


def _mother(*channels: ChannelPlan, given: str = "") -> GuardianPlan:
    return GuardianPlan("母", channels, given)


def _father(*channels: ChannelPlan, given: str = "") -> GuardianPlan:
    return GuardianPlan("父", channels, given)


DEAD_MAIL = ChannelPlan(
    "mail", "miho.nakayama@unknown.town.test", "user_unknown", date(2026, 11, 3)
)


def _mail(address: str = "", health: Health = "ok") -> ChannelPlan:
    return ChannelPlan("mail", address, health)


LINE = ChannelPlan("line")

# By the key of one child of the family.
PLACED_FAMILIES: dict[str, FamilyPlan] = {
    "pupil/4-2-14": FamilyPlan("one_line_for_siblings", (_mother(LINE, given="美穂"),)),
    "pupil/6-1-2": FamilyPlan("twins_on_one_mail", (_mother(_mail()),)),
    "pupil/3-2-6": FamilyPlan(
        "three_guardians",
        (
            _mother(LINE, given="千晶"),
            _father(_mail("kasai.ryosuke@gmail.town.test"), given="亮介"),
            GuardianPlan("祖母", (_mail("kasai-fumi@docomo.town.test"),), "フミ"),
        ),
    ),
    "pupil/4-1-15": FamilyPlan(
        "dots_in_a_row", (_mother(_mail("m..takahashi@docomo.town.test"), given="真弓"),)
    ),
    "pupil/4-1-20": FamilyPlan("leading_dot", (_mother(_mail(".nagisa@docomo.town.test")),)),
    "pupil/4-2-25": FamilyPlan(
        "trailing_dot",
        (_father(_mail("hiro-.@ezweb.town.test"), given="浩"), _mother(LINE, given="沙織")),
    ),
    "pupil/6-1-15": FamilyPlan("refuses_links", (_mother(_mail("m-tsuji@nolinks.town.test")),)),
    "pupil/6-2-18": FamilyPlan("mailbox_full", (_mother(_mail("hamada.sora@full.town.test")),)),
    "pupil/2-1-25": FamilyPlan("slow_domain", (_father(_mail("watanabe-t@slow.town.test")),)),
    "pupil/1-2-8": FamilyPlan(
        "greylisting_domain", (_mother(_mail("kuwabara.r@greylist.town.test")),)
    ),
    "pupil/5-2-14": FamilyPlan("children_at_two_schools", (_mother(LINE),)),
    "pupil/6-2-10": FamilyPlan(
        "reads_english",
        (
            GuardianPlan("父", (_mail("nguyen.vannam@gmail.town.test"),), "ヴァン ナム", "en"),
            GuardianPlan("母", (ChannelPlan("push"),), "ティ ラン", "en"),
        ),
    ),
    "pupil/3-1-22": FamilyPlan("protected", (_mother(_mail()),), protection=True),
    "pupil/2-2-10": FamilyPlan(
        "line_without_buttons", (_mother(ChannelPlan("line", health="no_buttons")),)
    ),
    "pupil/2-2-20": FamilyPlan(
        "iphone_without_push",
        (_mother(ChannelPlan("push", health="no_push", since=date(2026, 4, 9)), _mail()),),
    ),
    "pupil/1-2-11": FamilyPlan(
        "auto_reply", (_mother(_mail("saito.auto-reply@mail.town.test", "auto_reply")),)
    ),
    "pupil/3-2-10": FamilyPlan(
        "bounces_afterwards", (_mother(_mail("mori.ayaka@bounce-docomo.town.test")),)
    ),
    "pupil/4-2-12": FamilyPlan("never_registered"),
}

# Families of one child, drawn from those with an ordinary name.
DRAWN_FAMILIES: tuple[FamilyPlan, ...] = (
    FamilyPlan("never_registered"),
    FamilyPlan("never_registered"),
    FamilyPlan("never_registered"),
    FamilyPlan(
        "line_blocked", (_mother(ChannelPlan("line", health="blocked", since=date(2026, 10, 30))),)
    ),
    FamilyPlan(
        "push_dead", (_mother(ChannelPlan("push", health="token_dead", since=date(2026, 11, 9))),)
    ),
    FamilyPlan("mail_unknown", (_mother(DEAD_MAIL),)),
    FamilyPlan("phone_and_paper"),
    FamilyPlan("phone_and_paper", (GuardianPlan("祖母"),)),
)

# The first family of three children.
THREE_SIBLINGS = FamilyPlan("three_siblings_on_one_mail", (_mother(_mail()),))
