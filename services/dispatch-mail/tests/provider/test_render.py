"""A letter rendered once and spliced per recipient is a correct mail, and nothing can break out of
it (MSG-9).
"""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch_mail.domain.addresses import AddressRefused
from dispatch_mail.domain.words import Slot, fill, html_pieces, subject_line, text_pieces
from dispatch_mail.provider.render import HeaderRefused, render, splice

many = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)
LINK_CHARACTERS = "abcXYZ019-_.~/?=&%:"
no_surrogates = st.characters(exclude_categories=["Cs"], exclude_characters="\r")


def parsed(content):
    """Parse as a recipient's program does; every part must be without defects."""
    message = message_from_bytes(content, policy=policy.default)
    for part in message.walk():
        assert part.defects == []
        assert [defect for value in part.values() for defect in getattr(value, "defects", ())] == []
    return message


def bodies(message):
    return tuple(
        message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")
    )


@many
@given(
    body=st.text(no_surrogates, max_size=400),
    personal=st.text(LINK_CHARACTERS, min_size=1, max_size=160),
    unsubscribe=st.text(LINK_CHARACTERS, min_size=1, max_size=160),
)
def test_both_parts_decode_to_the_exact_text_with_the_links_in_place(
    letter, envelope, body, personal, unsubscribe
):
    letter = replace(letter, body=body)
    envelope = envelope._replace(
        personal_link=f"https://a.example/r/{personal}",
        unsubscribe_link=f"https://a.example/x/{unsubscribe}",
    )
    content = splice(render(letter), envelope)
    links = {
        Slot.PERSONAL_LINK: envelope.personal_link,
        Slot.UNSUBSCRIBE_LINK: envelope.unsubscribe_link,
    }
    in_html = {slot: link.replace("&", "&amp;") for slot, link in links.items()}
    assert bodies(parsed(content)) == (
        fill(text_pieces(letter), links),
        fill(html_pieces(letter), in_html),
    )
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(line.startswith(b".") or b"\n" in line or b"\r" in line for line in lines)
    assert all(len(line) <= 76 for line in lines[lines.index(b"") :])


@many
@given(
    subject=st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=200
    )
)
def test_a_subject_of_any_length_arrives_as_it_was_typed(letter, envelope, subject):
    letter = replace(letter, subject=subject)
    content = splice(render(letter), envelope)
    assert parsed(content)["Subject"] == subject_line(letter)
    assert all(
        len(line) <= 78
        for line in content.split(b"\r\n\r\n")[0].split(b"\r\n")
        if b"Subject" in line
    )


def test_the_headers_say_who_sends_and_how_to_stop_it(letter, envelope):
    message = parsed(splice(render(letter), envelope))
    sender = message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == (
        "つばめ野小学校",
        "tsubameno@renraku.minamo.example",
    )
    assert message["Reply-To"] == "tsubameno@renraku.minamo.example"
    assert message["Message-ID"] == "<0193a1b2.1@renraku.minamo.example>"
    assert message["Date"] == "Tue, 24 Nov 2026 15:05:09 +0900"
    assert message["List-Id"] == "<tsubameno.renraku.minamo.example>"
    assert message["List-Unsubscribe"] == "<https://renraku.minamo.example/x/ghi>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Feedback-ID"] == f"{letter.message_id.hex}:normal:tsubameno:renraku"
    assert message.get_content_type() == "multipart/alternative"


def test_an_old_docomo_address_stands_in_quotes(letter, envelope):
    content = splice(render(letter), envelope)
    assert b'\r\nTo: <"a..b"@docomo.ne.jp>\r\n' in content
    assert parsed(content)["To"].addresses[0].username == "a..b"


def test_a_letter_for_addresses_that_refuse_links_holds_none(letter, envelope):
    letter = replace(letter, body="本文です")
    text, html = bodies(parsed(splice(render(letter, with_link=False), envelope)))
    assert "http" not in text
    assert "http" not in html
    assert "リンク付きのメールを受け取らない設定のため" in text


@pytest.mark.parametrize("bad", ["\r", "\n", "\x00", "\r\nBcc: x@y.example\r\n", "\x85", "\u2028"])
@pytest.mark.parametrize("name", ["address", "message_id", "personal_link", "unsubscribe_link"])
def test_nothing_spliced_can_begin_a_header_of_its_own(letter, envelope, name, bad):
    rendered = render(letter)
    value = getattr(envelope, name)
    assert splice(rendered, envelope)
    for broken in (value + bad, value[:5] + bad + value[5:], bad + value):
        with pytest.raises((HeaderRefused, AddressRefused)):
            splice(rendered, envelope._replace(**{name: broken}))


@pytest.mark.parametrize(
    "link",
    ['https://a.example/r/"onclick', "https://a.example/<b>", "javascript:x", "", "https://あ/"],
)
def test_a_link_cannot_leave_its_attribute(letter, envelope, link):
    with pytest.raises(HeaderRefused):
        splice(render(letter), envelope._replace(personal_link=link))


@pytest.mark.parametrize("bad", ["\r\nBcc: x@y.example", "\n", "\x00", "\u2029", "\ud800"])
@pytest.mark.parametrize("name", ["subject", "school_name", "from_address", "reply_to"])
def test_nothing_rendered_can_begin_a_header_of_its_own(letter, name, bad):
    with pytest.raises((HeaderRefused, AddressRefused)):
        render(replace(letter, **{name: getattr(letter, name) + bad}))


def test_half_a_character_in_a_body_stops_no_letter(letter, envelope):
    text, _ = bodies(parsed(splice(render(replace(letter, body="絵文字\ud83d です")), envelope)))
    assert "絵文字? です" in text
