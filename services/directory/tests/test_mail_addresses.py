"""Addresses that carriers issued are taken as they are, broken ones refused with why (DIR-8)."""

import pytest

from directory.domain.mail_addresses import find_mail_problem, mail_identity


@pytest.mark.parametrize(
    "address",
    [
        "hanako@example.jp",
        "m..takahashi@docomo.town.test",
        ".nagisa@docomo.town.test",
        "hiro-.@ezweb.town.test",
        "a.@ezweb.town.test",
        "o'brien+school@sub.example.co.jp",
        "a/b?c@docomo.town.test",
        "x@xn--q9jyb4c.test",
    ],
)
def test_an_address_that_can_receive_mail_is_accepted(address: str) -> None:
    assert find_mail_problem(address) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hanako＠example.jp", "mail_full_width"),
        ("ｈanako@example.jp", "mail_full_width"),
        ("a@example.jp,b@example.jp", "mail_several"),
        ("a@example.jp b@example.jp", "mail_several"),
        ("a@example.jp、b＠example.jp", "mail_several"),
        ("hana ko@example.jp", "mail_space"),
        ("はなこ@example.jp", "mail_not_ascii"),
        ("hanako", "mail_at_sign"),
        ("@example.jp", "mail_at_sign"),
        ("a@b@example.jp", "mail_at_sign"),
        ("なし", "mail_not_ascii"),
        ("<hanako@example.jp", "mail_local"),
        ("a" * 65 + "@example.jp", "mail_local"),
        ("hanako@example", "mail_domain"),
        ("hanako@example..jp", "mail_domain"),
        ("hanako@-example.jp", "mail_domain"),
        ("hanako@192.168.0.1", "mail_domain"),
        ("hanako@example.jp>", "mail_domain"),
    ],
)
def test_a_broken_address_is_refused_for_its_reason(text: str, problem: str) -> None:
    assert find_mail_problem(text) == problem


def test_case_does_not_make_another_mailbox() -> None:
    assert mail_identity("Hanako@Example.JP") == mail_identity("hanako@example.jp")
