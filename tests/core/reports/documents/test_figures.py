"""Scores and counts as documents print them."""

from __future__ import annotations

from datetime import date

from deskpulse.reports.documents import figures
from deskpulse.reports.standings import Standing
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import difference


def test_a_score_comes_with_its_n_and_its_interval() -> None:
    said = figures.standing(Standing("Team", BandCounts(1500, 300, 700), 5))
    assert (said["score"], said["n"], said["indicative"]) == ("+32", "2\N{NO-BREAK SPACE}500", False)
    assert (said["low"], said["high"]) == ("+29", "+35")
    assert [(one["word"], one["percent"].rstrip("%")[:-1]) for one in said["bands"]] == [
        ("promoters", "60"), ("passives", "12"), ("detractors", "28"),
    ]  # fmt: skip


def test_few_answers_are_told_apart_from_none() -> None:
    assert figures.why_not(Standing("Team", BandCounts(), 5)) == "no responses"
    assert figures.why_not(Standing("Team", BandCounts(3, 1, 0), 5)) == "not enough answers yet (shown from 5)"


def test_a_hidden_score_reads_like_one_with_few_answers() -> None:
    few = figures.standing(Standing("Team", BandCounts(3, 1, 0), 5))
    assert figures.standing(Standing("Team", BandCounts(30, 1, 0), 5).hide()) == few
    assert figures.standing(Standing("Team", BandCounts(), 5, hidden=True)) == few


def test_signs_and_shares() -> None:
    assert [figures.signed(one) for one in (7, 0, -7)] == ["+7", "0", "\N{MINUS SIGN}7"]
    assert [figures.percent(part, 1000)[:-2] for part in (0, 1, 500)] == ["0", "<1", "50"]
    assert figures.day(date(2026, 8, 5)) == "5 Aug 2026"
    assert [one["word"] for one in figures.bands(BandCounts(1, 0, 2))] == ["promoter", "passives", "detractors"]


def test_noise_is_no_change() -> None:
    clear = difference(BandCounts(50, 20, 30), BandCounts(90, 5, 5))
    assert figures.change(clear, is_clear=True) == "+65 points"
    assert figures.change(clear, is_clear=False) == "no clear change"
    assert figures.change(None, is_clear=False) == "nothing to compare with"
