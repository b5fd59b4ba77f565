"""How a school's lists call guardians: by name, by what they are to the child, or by both."""

from __future__ import annotations

from collections.abc import Mapping

from common.answers.directory import CalledGuardian, GuardianOut
from common.words import GuardianNames

Guardian = CalledGuardian | GuardianOut
GUARDIAN_NAME_WORDS: Mapping[str, str] = {
    GuardianNames.NAME_AND_LABEL.value: "氏名と続柄（例：髙橋 美穂（母））",
    GuardianNames.LABEL.value: "続柄だけ（例：髙橋 陽菜 さんの母）",
    GuardianNames.NAME.value: "氏名だけ（例：髙橋 美穂）",
}


def say_guardian(guardian: Guardian, child: str, shown: str, unnamed: str) -> str:
    """Return how a list calls a guardian; `shown`: the school's `GuardianNames`.

    `child`: the child's name; "" where the list has none. `unnamed`: what stands for no name.
    """
    label = guardian["label"]
    if shown == GuardianNames.LABEL:
        called = label or unnamed
        return f"{child} さんの{called}" if child else called
    # None where this person may not see it.
    name = guardian["name"] or unnamed
    if shown == GuardianNames.NAME or not label:
        return name
    return f"{name}（{label}）"
