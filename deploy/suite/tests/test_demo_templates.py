"""The supplied templates and categories are complete, true for every school, and fit one another
(MSG-3, MSG-4, MSG-23).
"""

from __future__ import annotations

import re

import pytest

from messaging.domain.texts import BODY_LIMIT, SHORT_LIMIT, SUBJECT_LIMIT
from suite.demo.categories import CATEGORIES
from suite.demo.roster import demo_roster
from suite.demo.templates import TEMPLATES, Template

BY_KEY = {template.key: template for template in TEMPLATES}
BLANK = re.compile(r"〔[^〔〕]*〕")
# Words of what the product does not do: answers, absences told by a form, taking back, attachments.
PROMISES = (
    "学校へ連絡",
    "回答",
    "［",
    "取り消",
    "もう開けません",
    "届きました",
    "添付",
    "下のボタン",
    "選んでください",
)
EACH = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)


def texts_of(template: Template) -> tuple[str, ...]:
    return (template.title, template.subject, template.body, template.short, template.easy)


def test_the_two_that_an_emergency_needs_are_among_the_templates() -> None:
    assert [template.title for template in TEMPLATES[:3]] == [
        "臨時休業（気象）",
        "下校時刻の変更",
        "引き渡し（地震）",
    ]
    assert len(BY_KEY) == len(TEMPLATES) == 11


def test_there_are_nine_categories_each_of_its_own_mark_and_colour() -> None:
    assert "".join(category.mark for category in CATEGORIES) == "急行保食学金答地個"
    assert len({category.colour for category in CATEGORIES}) == 9


def test_every_template_names_a_category_of_the_school() -> None:
    named = {template.category for template in TEMPLATES} - {None}
    assert named <= {category.name for category in CATEGORIES}


@EACH
def test_no_template_names_a_school_a_town_or_a_person(template: Template) -> None:
    names = [person.display_name for person in demo_roster().staff]
    people = [*names, *(name.replace(" ", "") for name in names), "森川", "中野"]
    for text in texts_of(template):
        assert not [name for name in ("つばめ野", "みなも", *people) if name in text]


@EACH
def test_no_template_promises_what_the_product_does_not_do(template: Template) -> None:
    for text in texts_of(template):
        assert not [word for word in PROMISES if word in text]


@EACH
def test_no_bracket_is_nested_or_alone(template: Template) -> None:
    for text in texts_of(template):
        without_blanks = BLANK.sub("", text)
        assert "〔" not in without_blanks
        assert "〕" not in without_blanks


@EACH
def test_every_blank_of_the_short_line_stands_in_the_subject_or_the_body_too(
    template: Template,
) -> None:
    filled = {*BLANK.findall(template.subject), *BLANK.findall(template.body)}
    assert set(BLANK.findall(template.short)) <= filled
    assert set(BLANK.findall(template.easy)) <= filled


@EACH
def test_a_blank_with_todays_date_is_a_blank_of_the_text_with_a_date_in_it(
    template: Template,
) -> None:
    blanks = BLANK.findall(template.subject) + BLANK.findall(template.body)
    for blank in template.today_blanks:
        assert blank in blanks
        assert re.fullmatch(r"〔\d+月\d+日（[月火水木金土日]）〕", blank)


@EACH
def test_every_text_fits_and_none_is_missing(template: Template) -> None:
    assert 0 < len(template.subject) <= SUBJECT_LIMIT
    assert 0 < len(template.body) <= BODY_LIMIT
    assert 0 < len(template.short) <= SHORT_LIMIT


def test_the_three_dangerous_templates_are_urgent_for_everybody_and_speak_plain_japanese() -> None:
    dangerous = ["T1", "T2", "T3"]
    assert [template.key for template in TEMPLATES if template.easy] == dangerous
    assert [template.key for template in TEMPLATES if template.lane == "urgent"] == dangerous
    assert all(BY_KEY[key].whole_school for key in dangerous)


def test_the_closure_template_is_word_for_word() -> None:
    closure = BY_KEY["T1"]
    assert closure.subject == "本日〔11月24日（火）〕は臨時休業です"
    assert closure.body.startswith(
        "〔午前6時〕現在、〔市町村名〕に〔暴風警報〕が発表されています。\nこのため、"
    )
    assert (
        closure.short
        == "本日〔11月24日（火）〕は臨時休業です。お子様は家など安全な場所で過ごしてください。"
    )


def test_a_correction_does_not_claim_that_the_message_is_taken_back() -> None:
    assert "開かずに削除してください" in BY_KEY["T13"].body
