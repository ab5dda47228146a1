"""The Customer Satisfaction Report's mail: the same answer in HTML, in plain text and in its picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from deskpulse.reports.charts import drawing as charts_drawing
from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction
from deskpulse.reports.documents.customer_satisfaction_letter import WIDTH, Letter, letter
from deskpulse.reports.documents.customer_satisfaction_pdf import alternative, customer_satisfaction_pdf, trend
from deskpulse.reports.funnel.funnel import Counts
from deskpulse.reports.funnel.stages import Stage
from deskpulse.scoring.periods import parse_month
from fixtures.printed import Printed

Report = Callable[..., CustomerSatisfaction]
Filed = Callable[..., None]
GOOD, POOR = [10] * 38 + [3] * 2, [10] * 20 + [3] * 20
LINK = "https://feedback.example/dashboard?month=2026-02"


def written(report: CustomerSatisfaction, month: str = "2026-02") -> Letter:
    return letter(report, parse_month(month), LINK, "ann@corp.example")


def words(page: str) -> str:
    """What people read of a page, without what only the list of mails shows."""
    body = re.sub(r"<!--.*?-->|<style.*?</style>|<title>.*?</title>", "", page, flags=re.DOTALL)
    body = re.sub(r'<div style="display:none.*?</div>', "", body, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def spoken(made: Letter) -> list[str]:
    """Both forms of a mail, with ordinary spaces."""
    return [words(made.html), " ".join(made.text.split())]


def test_the_answer_at_once_in_both_forms(filed: Filed, report: Report) -> None:
    filed(*POOR, month=1)
    filed(*GOOD)
    reached = Counts.of([(Stage.RESOLVED, 900), (Stage.DELIVERED, 80), (Stage.CONFIRMED, 40)])
    made = written(replace(report(), reached=reached))
    for form in spoken(made):
        for said in (
            "Customer Satisfaction Report", "Northwind IT", "February 2026", "+90", "95 % interval: +68 to +99; n = 40",
            "Since January 2026: +90 points, more than noise", "38 promoters", "95 %", "0 passives", "2 detractors",
            "Response rate: 33 % (40 answers to 120 delivered invitations)", "attached as PDF",
            "ann@corp.example asked", "asks you to sign in", "Satmetrix Systems, Inc. and Fred Reichheld",
        ):  # fmt: skip
            assert said in form, said
        assert "Indicative" not in form
    assert "↑ 38 promoters" in words(made.html)
    assert alternative(trend(report())) in made.text
    assert f'alt="{alternative(trend(report()))}"' in unescape(made.html)
    assert LINK in made.text


def test_the_chart_is_the_one_of_the_pdf(filed: Filed, report: Report) -> None:
    filed(*POOR, month=1)
    filed(*GOOD)
    made, chart = written(report()), trend(report())
    assert made.picture.content == charts_drawing.png(chart, width=WIDTH)
    assert (made.picture.file_name, made.picture.media_type) == ("nps-by-month-2026-02.png", "image/png")
    assert Printed(customer_satisfaction_pdf(report())).pictures[0] == alternative(chart)


def test_a_change_within_noise_is_not_told(filed: Filed, report: Report) -> None:
    filed(*[10] * 20, *[3] * 20, month=1)
    filed(*[10] * 21, *[3] * 19)
    for form in spoken(written(report())):
        assert "+5" in form
        assert "points" not in form
        assert "January" not in form


def test_few_answers_are_called_indicative(filed: Filed, report: Report) -> None:
    filed(*[10] * 6)
    for form in spoken(written(report())):
        assert "n = 6" in form
        assert "Indicative, as it rests on few answers" in form


def test_too_few_answers_leave_no_number(filed: Filed, report: Report) -> None:
    filed(*POOR, month=1)
    filed(10, 10, 0)
    for form in spoken(written(report())):
        assert "ot enough answers yet (shown from 5)" in form
        for kept in ("+33", "2 promoters", "n = 3", "95 %", "points", "Response rate"):
            assert kept not in form


def test_a_withheld_month_is_in_neither_picture_nor_words(filed: Filed, report: Report) -> None:
    filed(*GOOD)
    without = written(report())
    filed(10, 10, 0, month=1)
    made = written(report())
    assert (made.text, made.picture) == (without.text, without.picture)


def test_a_month_without_answers_is_a_mail_all_the_same(report: Report) -> None:
    for form in spoken(written(report())):
        assert "o responses" in form
        assert "Twelve months" in form


def test_the_running_month_says_that_it_is_not_over(report: Report) -> None:
    for form in spoken(written(report("2026-03"), "2026-03")):
        assert "31 January to 2 March 2026" in form
        assert "March 2026 is not over yet." in form
    assert "not over yet" not in written(report()).text


def test_the_page_loads_nothing_and_runs_nothing(filed: Filed, report: Report) -> None:
    filed(*GOOD)
    page = written(report()).html
    assert re.findall(r'<img[^>]*\ssrc="([^"]*)"', page) == [f"cid:{written(report()).picture.content_id}"]
    assert set(re.findall(r"https?://[^\s\"'<>)]+", page)) == {LINK, "http://www.w3.org/1999/xhtml"}
    assert not re.search(r"<(script|link|iframe|form|object|svg|mj-)|@import|url\(|javascript:|\son\w+=", page)
    assert "${" not in page
    assert '<meta name="color-scheme" content="light dark"' in page
    assert len(page) < 30_000


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ('<b>"Ops" & Co</b>', '<b>"Ops" & Co</b>'),
        ("Büro 東京", "Büro 東京"),
        ("a\r\nBcc: thief@example.org", "a Bcc: thief@example.org"),
        ("東" * 200, "東" * 79 + "…"),
        ("half \ud83d of a pair", "half of a pair"),
    ],
)
def test_names_of_all_kinds(report: Report, name: str, seen: str) -> None:
    made = written(replace(report(), organisation=name))
    assert all(seen in form for form in spoken(made))
    assert re.findall(r"<(\w+)", made.html) == re.findall(r"<(\w+)", written(report()).html)
    assert made.html.isascii()


def test_the_brand_colours_it(report: Report) -> None:
    values: dict[str, Any] = {"colour": "#7a1f5f"}
    page = written(replace(report(), **values)).html
    assert "#7a1f5f" in page
    assert "#1f5fbf" not in page
