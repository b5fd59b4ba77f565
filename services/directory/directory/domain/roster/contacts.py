"""How schools head what they keep of guardians and of numbers to call.

保護者 · 保護者2の続柄 · 父メール · メールアドレス2 · 緊急連絡先1（続柄） · 電話番号③: what stands
side by side belongs together by its number, by 父 and 母, or by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from directory.domain.names import fold_for_search
from directory.domain.phone_numbers import MAX_PHONES

PARENTS = ("父", "母")


class ContactPart(Enum):
    """What a column holds of a guardian, or of a number to call."""

    NAME = auto()
    LABEL = auto()
    MAIL = auto()
    PHONE = auto()


@dataclass(frozen=True, slots=True)
class ContactHeading:
    """A heading understood: of whom, in which place (from 1), and what.

    `owner`: guardian, phone, 父, 母 or nothing.
    """

    owner: str
    number: int | None
    part: ContactPart


# Folded, as headings are: katakana, half-width digits and brackets.
_OWNERS = {
    "保護者": "guardian",
    "父": "父",
    "父親": "父",
    "母": "母",
    "母親": "母",
    "緊急連絡先": "phone",
    "連絡先": "phone",
    "緊急電話": "phone",
    "電話": "phone",
    "電話番号": "phone",
}
_PARTS = {
    **dict.fromkeys(("氏名", "名前", "名", "ノ氏名"), ContactPart.NAME),
    **dict.fromkeys(
        ("続柄", "続キ柄", "児童トノ続柄", "生徒トノ続柄", "(続柄)"), ContactPart.LABEL
    ),
    **dict.fromkeys(
        ("メール", "メールアドレス", "eメール", "e-mail", "email", "mail", "アドレス"),
        ContactPart.MAIL,
    ),
    **dict.fromkeys(("電話", "電話番号", "tel", "携帯", "携帯電話"), ContactPart.PHONE),
}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_HEADING = re.compile(
    rf"(?:(?P<owner>{_any_of(_OWNERS)})(?P<first>[1-9])?)?ノ?"
    rf"(?P<part>{_any_of(_PARTS)})?(?P<second>[1-9])?(?P<label>ノ?\(?続柄\)?)?"
)


def read_heading(text: str) -> ContactHeading | None:
    """Return what a heading says of guardians and numbers, None where it says nothing of them."""
    folded = fold_for_search(text)
    numbered = _NUMBERED_BEFORE.sub(r"保護者\1", folded)
    found = _HEADING.fullmatch(numbered)
    if found is None:
        return None
    says_something = found["owner"] or found["part"]
    if not says_something:
        return None
    owner = _OWNERS.get(found["owner"] or "", "")
    digit = found["first"] or found["second"]
    number = int(digit) if digit else None
    part = _part_of(found, owner)
    # 連絡先 alone may head addresses or notes as well.
    is_vague = found["owner"] == "連絡先" and number is None
    fits = part in _FITTING[owner]
    if is_vague or not fits:
        return None
    return ContactHeading(owner, number, part)


def _part_of(found: re.Match[str], owner: str) -> ContactPart:
    """Return what a heading is about: of whom alone it names, the number or the name."""
    if found["label"]:
        return ContactPart.LABEL
    usual = ContactPart.PHONE if owner == "phone" else ContactPart.NAME
    return _PARTS.get(found["part"] or "", usual)


# What a heading can be about, by whom it names: a name of nobody is the child's.
_FITTING = {
    "": {ContactPart.LABEL, ContactPart.MAIL, ContactPart.PHONE},
    "phone": {ContactPart.LABEL, ContactPart.PHONE},
    **{owner: set(ContactPart) for owner in ("guardian", *PARENTS)},
}
# 第2保護者 is 保護者2.
_NUMBERED_BEFORE = re.compile(r"^第?([1-9])保護者")


@dataclass
class GuardianPlaces:
    """In which columns (0-based) one guardian stands; `says`: 父 or 母, where the headings do."""

    name: int | None = None
    label: int | None = None
    mails: list[int] = field(default_factory=list)
    says: str = ""


@dataclass
class PhonePlaces:
    """In which columns a number to call stands, and whose it is."""

    number: int
    label: int | None = None
    says: str = ""


@dataclass
class Contacts:
    """All columns of guardians and numbers; `unused`: those that belong to nobody."""

    guardians: list[GuardianPlaces] = field(default_factory=list)
    # place from 0
    phones: dict[int, PhonePlaces] = field(default_factory=dict)
    unused: list[int] = field(default_factory=list)
    _by_key: dict[str, GuardianPlaces] = field(default_factory=dict, repr=False)
    _unnumbered: int = 0

    def take_name(self, place: int, heading: ContactHeading) -> bool:
        """Take a column of names; return whether it belongs to anybody."""
        guardian = self._guardian(self._key_of(heading), heading)
        if guardian.name is not None:
            return False
        guardian.name = place
        return True

    def take_phone(self, place: int, heading: ContactHeading) -> bool:
        """Take a column of numbers; there are as many as are called."""
        free = (n for n in range(MAX_PHONES) if n not in self.phones)
        is_numbered = heading.number is not None and heading.owner != "guardian"
        where = (heading.number or 1) - 1 if is_numbered else next(free, MAX_PHONES)
        if where >= MAX_PHONES or where in self.phones:
            return False
        self.phones[where] = PhonePlaces(place, says=_said_by(heading))
        return True

    def take_mail(self, place: int, heading: ContactHeading) -> bool:
        """Take a column of addresses; a guardian may have several."""
        self._owner_of(place, heading).mails.append(place)
        return True

    def take_label(self, place: int, heading: ContactHeading) -> bool:
        """Take a column of 続柄, for the likeliest who has none."""
        for owner in self._labelled(place, heading):
            if owner.label is None:
                owner.label = place
                return True
        return False

    def _key_of(self, heading: ContactHeading) -> str:
        if heading.owner in PARENTS:
            return heading.owner
        if heading.number:
            return str(heading.number)
        self._unnumbered += 1
        return str(self._unnumbered)

    def _guardian(self, key: str, heading: ContactHeading) -> GuardianPlaces:
        if key not in self._by_key:
            new = GuardianPlaces(says=_said_by(heading))
            self._by_key[key] = new
            self.guardians.append(new)
        return self._by_key[key]

    def _owner_of(self, place: int, heading: ContactHeading) -> GuardianPlaces:
        """Return whose a column is: by 父 and 母, by its number, else of whom stands left of it."""
        if heading.owner in PARENTS:
            return self._guardian(heading.owner, heading)
        numbered = self._by_key.get(str(heading.number))
        if numbered is not None:
            return numbered
        if heading.owner == "guardian" and heading.number:
            return self._guardian(str(heading.number), heading)
        left = [each for each in self.guardians if each.name is not None and each.name < place]
        if left:
            return max(left, key=lambda each: each.name or 0)
        if self.guardians:
            return self.guardians[0]
        return self._guardian("1", heading)

    def _labelled(
        self, place: int, heading: ContactHeading
    ) -> Iterator[GuardianPlaces | PhonePlaces]:
        """Yield whose a 続柄 may be, the likeliest first."""
        phone = self.phones.get(heading.number - 1) if heading.number else None
        if heading.owner == "phone":
            yield from [phone] if phone else self.phones.values()
            return
        if heading.owner:
            yield self._owner_of(place, heading)
            return
        if phone is not None and phone.number == place - 1:
            yield phone
        numbered = self._by_key.get(str(heading.number))
        if numbered is not None:
            yield numbered
        if phone is not None:
            yield phone
        if heading.number:
            return
        yield from sorted(self.guardians, key=lambda each: _distance(each, place))
        yield from (each for each in self.phones.values() if each.number < place)
        if not self.guardians:
            yield self._guardian("1", heading)


def group_contacts(headings: Mapping[int, ContactHeading]) -> Contacts:
    """Tell which columns belong together; `headings`: 0-based column → what it says."""
    contacts = Contacts()
    for part, take in (
        (ContactPart.NAME, contacts.take_name),
        (ContactPart.PHONE, contacts.take_phone),
        (ContactPart.MAIL, contacts.take_mail),
        (ContactPart.LABEL, contacts.take_label),
    ):
        for place, heading in sorted(headings.items()):
            if heading.part is not part:
                continue
            is_taken = take(place, heading)
            if not is_taken:
                contacts.unused.append(place)
    return contacts


def _said_by(heading: ContactHeading) -> str:
    return heading.owner if heading.owner in PARENTS else ""


def _distance(guardian: GuardianPlaces, place: int) -> int:
    """Return how far left of a place a guardian stands; who stands right of it comes last."""
    there = [each for each in (guardian.name, *guardian.mails) if each is not None]
    left = [place - each for each in there if each < place]
    return min(left, default=1000)
