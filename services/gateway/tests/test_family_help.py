"""What a family reads under ヘルプ (MY-7)."""

from __future__ import annotations

from browser import Browser

from gateway.domain.registration import COMPANIES


def test_each_carriers_settings_are_named(stranger: Browser) -> None:
    words = stranger.open("/m/help").words
    for carrier in COMPANIES:
        assert carrier.name in words
        assert carrier.where in words
    english = stranger.open("/m/help?lang=en").words
    assert all(carrier.where_in_english in english for carrier in COMPANIES)


def test_after_a_change_of_phone_three_questions_tell_what_to_do(stranger: Browser) -> None:
    questions = ("1. メールアドレスは変わりましたか", "2. LINEで受け取っていますか")
    words = stranger.open("/m/help").words
    assert all(question in words for question in (*questions, "3. アプリの通知を使っていましたか"))
    assert stranger.html.count("<details") == len(COMPANIES) + 6
