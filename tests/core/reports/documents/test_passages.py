"""Other people's words as they go to print: their direction and language, and nothing that cannot be printed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.reports.documents.passages import LONGEST_UNBROKEN, passage


@pytest.mark.parametrize(
    ("words", "rtl", "language"),
    [
        ("Solved quickly", False, ""),
        ("対応がとても早い", False, "ja"),
        ("处理得很快", False, "zh"),
        ("빨리 해결됐어요", False, "ko"),
        ("הבעיה נפתרה", True, "he"),
        ("تم حل المشكلة VPN", True, "ar"),
        ("VPN تعطل", False, "ar"),
        ("3.2 - شكرا", True, "ar"),
        ("10 / 10 🎉", False, ""),
    ],
)
def test_direction_and_language_follow_the_letters(words: str, *, rtl: bool, language: str) -> None:
    [line] = passage(words)
    assert (line["s"], line["rtl"], line["lang"]) == (words, rtl, language)


def test_each_line_has_its_own_direction() -> None:
    assert [line["rtl"] for line in passage("Hello\r\nتم حل\n")] == [False, True]


def test_what_cannot_be_printed_is_left_out() -> None:
    [line] = passage("a\x00b\x1bc\ud800d\u202eend\ue000\tx")
    assert line["s"] == "abcdend x"


def test_joined_emoji_stay_joined() -> None:
    family = "👩‍👩‍👧"
    assert passage(family)[0]["s"] == family


def test_a_long_word_may_break_within_its_column() -> None:
    address = "https://desk.example.com/" + "a" * 200
    [line] = passage(address)
    assert line["s"].replace("\N{ZERO WIDTH SPACE}", "") == address
    assert max(map(len, line["s"].split("\N{ZERO WIDTH SPACE}"))) <= LONGEST_UNBROKEN


def test_nothing_is_no_line() -> None:
    assert passage("") == passage(" \n ") == []


@given(st.text())
def test_every_text_becomes_lines_that_can_be_printed(words: str) -> None:
    for line in passage(words):
        assert not {unicodedata.category(one) for one in line["s"]} & {"Cc", "Cs", "Co"}
        line["s"].encode()
