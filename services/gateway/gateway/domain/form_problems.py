"""What identity refuses of a form, field by field, in words that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from common.errors import ServiceError

_PROBLEMS: Mapping[str, str] = {
    "empty": "{label}を入れてください。",
    "too_long": "{label}が長すぎます。短くしてください。",
    "not_text": "{label}に、使えない文字があります。改行などを消してください。",
    "not_an_address": "メールアドレスとして読めません。例：jimu@school.example.jp",
    "not_a_day": "日付として読めません。例：2027/4/1",
    "not_a_number": "数字で入れてください。例：400",
    "not_a_phone": "電話番号として読めません。例：03-1234-5678",
    "not_a_postal_code": "郵便番号として読めません。例：123-4567",
    "not_a_local_part": "半角の英小文字・数字・ハイフンで、32文字までにしてください。例：tsubameno",
    "not_a_choice": "{label}を選んでください。",
    "taken": "このメールアドレスは、ほかの人が使っています。別のアドレスにしてください。",
}
_OTHERWISE = "{label}を確かめてください。"


def say_problem(label: str, problem: str) -> str:
    """Return what is wrong with a field and what to do; `label`: what the form calls it."""
    return _PROBLEMS.get(problem, _OTHERWISE).format(label=label)


def problems_of(error: ServiceError, label_of: Callable[[str], str]) -> dict[str, str]:
    """Return path → problem for each field of a form that identity refuses.

    `label_of`: what the form calls a field; "" where it has none of that path.
    """
    if error.status != 422:
        return {}
    return {path: problem for path, problem in _flat(error.fields) if label_of(path)}


def _flat(fields: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and problem of each field of an answer, which nests them as the request is."""
    for name, said in fields.items():
        path = f"{above}{name}"
        if isinstance(said, Mapping):
            yield from _flat(said, f"{path}.")
        else:
            problems = said if isinstance(said, list) else [said]
            yield path, str(problems[0])
