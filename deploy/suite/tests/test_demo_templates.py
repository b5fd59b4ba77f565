"""The supplied templates and categories are complete and fit one another (MSG-3, MSG-4, MSG-23)."""

from suite.demo.categories import CATEGORIES
from suite.demo.templates import TEMPLATES

BY_KEY = {template.key: template for template in TEMPLATES}


def test_there_are_thirteen_templates_and_nine_categories() -> None:
    assert [template.key for template in TEMPLATES] == [f"T{number}" for number in range(1, 14)]
    assert "".join(category.mark for category in CATEGORIES) == "急行保食学金答地個"
    assert len({category.colour for category in CATEGORIES}) == 9


def test_every_template_names_a_category_of_the_school() -> None:
    named = {template.category for template in TEMPLATES} - {None}
    assert named <= {category.name for category in CATEGORIES}


def test_blanks_are_closed_in_every_text() -> None:
    for template in TEMPLATES:
        for text in (template.subject, template.body, template.short, template.easy):
            depth = 0
            for character in text:
                depth += {"〔": 1, "〕": -1}.get(character, 0)
                assert 0 <= depth <= 2
            assert depth == 0


def test_the_three_dangerous_templates_are_urgent_and_speak_plain_japanese() -> None:
    assert [template.key for template in TEMPLATES if template.easy] == ["T1", "T2", "T3"]
    assert [template.key for template in TEMPLATES if template.lane == "urgent"] == ["T1", "T2", "T3"]


def test_the_closure_template_is_word_for_word() -> None:
    closure = BY_KEY["T1"]
    assert closure.subject == "本日〔11月24日（火）〕は臨時休業です"
    assert closure.body.startswith("〔午前6時〕現在、みなも市に〔暴風警報〕が発表されています。\nこのため、")
    assert closure.body.endswith("つばめ野小学校長　森川 敬一")
    assert closure.short == "本日は臨時休業です。お子様は家など安全な場所で過ごしてください。"


def test_surveys_carry_their_questions_and_ten_templates_a_short_line() -> None:
    assert [template.key for template in TEMPLATES if template.questions] == ["T7", "T8"]
    assert [template.key for template in TEMPLATES if template.kind == "survey"] == ["T7", "T8"]
    assert [template.key for template in TEMPLATES if template.short] == [f"T{number}" for number in range(1, 11)]
