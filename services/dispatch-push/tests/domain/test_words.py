"""What a lock screen shows: short, plain, and nothing private (screens.md 3.6; MSG-20)."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from common.crypto import link_holds, parse_link
from dispatch_push.domain.compose import Content, Links
from dispatch_push.domain.words import BODY_LIMIT, TITLE_LIMIT, Notice, shorten

MESSAGE = UUID("0193a1b2-0000-7000-8000-000000000001")


def content(**changes: object) -> Content:
    parts = {
        "message_id": MESSAGE,
        "lane": "normal",
        "mark": None,
        "subject": "校外学習（12月4日）の持ち物について",
        "short_text": "",
        "addressing": "4年2組",
        "school_short_name": "つばめ野小",
        "link_key": b"k" * 32,
    }
    return Content(**(parts | changes))


def test_an_ordinary_message_names_school_class_and_subject() -> None:
    assert content().notice == Notice("つばめ野小 4年2組", "校外学習（12月4日）の持ち物について")


def test_an_urgent_message_says_so_first_and_asks_to_be_opened() -> None:
    told = content(
        lane="urgent", mark="urgent", subject="臨時休業について", short_text="本日は臨時休業です"
    ).notice
    assert told == Notice("【緊急】つばめ野小", "本日は臨時休業です。くわしくは開いてください")
    told = content(lane="urgent", mark="urgent", subject="本日は臨時休業です。").notice
    assert told.body == "本日は臨時休業です。くわしくは開いてください"


def test_a_personal_message_says_only_that_there_is_one() -> None:
    told = content(
        names_people=True, subject="髙橋 陽菜さんの検査について", addressing="髙橋 陽菜"
    ).notice
    assert told == Notice("つばめ野小", "個別の連絡が1件あります")


def test_an_urgent_message_to_chosen_families_says_that_it_is_urgent() -> None:
    told = content(lane="urgent", mark="urgent", names_people=True).notice
    assert told == Notice("【緊急】つばめ野小", "個別の連絡が1件あります")


def test_a_message_to_chosen_staff_alone_is_told() -> None:
    told = content(names_people=True, pupil_heads=0, subject="職員会議の時刻").notice
    assert told.body == "職員会議の時刻"


def test_an_audience_that_messaging_does_not_name_leaves_the_school_alone() -> None:
    assert content(addressing="").notice.title == "つばめ野小"


def test_a_group_that_does_not_fit_is_left_out_whole() -> None:
    assert content(addressing="吹奏楽クラブ・合唱クラブ・図書委員会").notice.title == "つばめ野小"


def test_a_long_subject_ends_in_an_ellipsis() -> None:
    body = content(subject="あ" * 60).notice.body
    assert body == "あ" * 39 + "…"


def test_a_long_urgent_line_is_worth_more_than_the_hint() -> None:
    body = content(lane="urgent", mark="urgent", short_text="あ" * 38).notice.body
    assert body == "あ" * 38


def test_a_character_with_its_variant_is_never_cut_in_two() -> None:
    katsuragi = "葛\U000e0100"
    assert shorten(katsuragi * 5, 3) == katsuragi * 2 + "…"
    assert shorten("が" * 3, 3) == "が" * 3
    assert shorten("👩\u200d👧" * 3, 2) == "👩\u200d👧…"


def test_line_breaks_and_direction_marks_do_not_reach_a_lock_screen() -> None:
    assert content(subject="明日\r\nの\u202e持ち物\t").notice.body == "明日 の持ち物"


@given(
    st.text(max_size=80),
    st.text(max_size=80),
    st.text(max_size=30),
    st.sampled_from([None, "urgent", "strange"]),
)
def test_no_lock_screen_is_longer_than_its_limits(
    subject: str, line: str, school: str, mark: str | None
) -> None:
    told = content(
        subject=subject,
        short_text=line,
        school_short_name=school,
        mark=mark,
        lane="urgent" if mark else "normal",
    ).notice
    assert len(shorten(told.title, TITLE_LIMIT)) == len(told.title)
    assert shorten(told.body, BODY_LIMIT) == told.body


def test_a_link_names_who_reads_and_the_phone_that_it_went_to() -> None:
    guardian, point = uuid4(), uuid4()
    link = Links.of("https://renraku.example", content()).reading(guardian, point)
    ids, mac = parse_link(link.removeprefix("https://renraku.example/r/"), 3) or ((), b"")
    assert ids == (MESSAGE, guardian, point)
    assert link_holds(b"k" * 32, "r", ids, mac)
