"""What of a roster file only the office can decide, in words (DIR-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.answers.directory import ImportQuestion
from common.words import SchoolWords

_LEFT_WORDS = {
    "transferred": "転出",
    "graduated": "卒業",
    "moved": "異動",
    "retired": "退職",
    "deleted": "削除",
}


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """How one kind of question is headed, asked and answered; `choices` in their order."""

    title: str
    sentence: str
    choices: Mapping[str, str]


KINDS: Mapping[str, QuestionKind] = {
    "hidden_rows": QuestionKind(
        "隠れている行",
        "{sheet}隠れている行が{count}行あります（{rows}行目）。",
        {"leave": "読まない", "read": "読む"},
    ),
    "struck_rows": QuestionKind(
        "線で消した行",
        "{sheet}線で消した行が{count}行あります（{rows}行目）。",
        {"leave": "読まない", "read": "読む"},
    ),
    "former_child": QuestionKind(
        "{school}を離れた{pupil}",
        "{row}行目の{name}さんは、{left}した{pupil}です。",
        {
            "leave": "この行は読まない",
            "restore": "在籍に戻す",
            "another": "同じ氏名の別の{pupil}として登録する",
        },
    ),
    "same_child": QuestionKind(
        "同じ{pupil}かどうか",
        "{row}行目の{name}さんは、{what}が名簿と違います（名簿は{before}、ファイルは{after}）。",
        {"same": "同じ{pupil}（{what}を変える）", "another": "別の{pupil}として登録する"},
    ),
    "namesake_child": QuestionKind(
        "同じ氏名の{pupil}",
        "{row}行目の{name}さんは、同じ氏名の{pupil}がほかにいて、番号{number}は名簿にありません。",
        {
            "leave": "この行は読まない（名簿の{pupil}なら、名簿の管理番号を入れて読み込み直す）",
            "another": "別の{pupil}として登録する",
        },
    ),
    "former_staff": QuestionKind(
        "{school}を離れた教職員",
        "{row}行目の{name}さんは、{left}した教職員です。",
        {
            "leave": "この行は読まない",
            "restore": "在職に戻す",
            "another": "同じ氏名の別の人として登録する",
        },
    ),
    "same_staff": QuestionKind(
        "同じ人かどうか",
        "{row}行目の{name}さんは、{what}が名簿と違います（名簿は{before}、ファイルは{after}）。",
        {"same": "同じ人（{what}を変える）", "another": "別の人として登録する"},
    ),
    "missing_staff": QuestionKind(
        "ファイルにない教職員",
        "{name}さんは、ファイルにありません。",
        {"keep": "名簿に残す", "delete": "削除する（ログインもできなくなる）"},
    ),
    "mail_comes_back": QuestionKind(
        "止めたメールアドレス",
        "{name}さんの {value} は、前に止めたアドレスです。",
        {"leave": "止めたままにする", "revive": "もう一度登録する（また送る）"},
    ),
    "mail_replaced": QuestionKind(
        "前のメールアドレス",
        "{name}さんに新しく {after} を登録します。前の {before} はどうしますか。",
        {"keep": "残す（両方に送る）", "end": "止める（もう送らない）"},
    ),
}
NOT_CHOSEN = ""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as the page shows it: `choices` word by value, the chosen one, if any."""

    key: str
    sentence: str
    choices: tuple[tuple[str, str], ...]
    chosen: str | None
    must: bool


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """The questions of one kind; `choices`: for all of them together."""

    kind: str
    title: str
    questions: tuple[AskedQuestion, ...]
    choices: tuple[tuple[str, str], ...]


def group_questions(
    questions: Iterable[ImportQuestion], school: SchoolWords
) -> Iterator[QuestionGroup]:
    """Yield the questions by kind, in the order of reading the file."""
    found = list(questions)
    for kind, words in KINDS.items():
        asked = tuple(_ask(each, words, school) for each in found if each["kind"] == kind)
        if asked:
            common = {"what": "番号や生年月日"}
            choices = _choices_of(words, school, common)
            yield QuestionGroup(kind, school.say(words.title), asked, choices)


def _choices_of(
    words: QuestionKind, school: SchoolWords, blanks: Mapping[str, Any]
) -> tuple[tuple[str, str], ...]:
    return tuple((key, school.say(word).format(**blanks)) for key, word in words.choices.items())


def _ask(question: ImportQuestion, words: QuestionKind, school: SchoolWords) -> AskedQuestion:
    params = question["params"]
    sheet = f"シート「{question['sheet']}」に、" if question["sheet"] else ""
    blanks = {**params, "row": question["row"], "sheet": sheet}
    blanks["left"] = _LEFT_WORDS.get(str(params.get("status", "")), "")
    return AskedQuestion(
        key=question["key"],
        sentence=school.say(words.sentence).format(**blanks),
        choices=_choices_of(words, school, blanks),
        chosen=question["chosen"],
        must=question["must"],
    )


def read_decisions(questions: Iterable[ImportQuestion], form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form decides: each question by itself, or all of a kind together."""
    decided = {}
    for question in questions:
        choice = form.get(f"all/{question['kind']}") or form.get(question["key"]) or NOT_CHOSEN
        if choice in question["choices"]:
            decided[question["key"]] = choice
    return decided
