"""The Customer Satisfaction Report as PDF: read back from its pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction
from deskpulse.reports.documents.customer_satisfaction_pdf import customer_satisfaction_pdf
from deskpulse.reports.funnel.funnel import Counts
from deskpulse.reports.funnel.stages import Stage
from fixtures.printed import Printed

Report = Callable[..., CustomerSatisfaction]
Filed = Callable[..., None]
GOOD, POOR = [10] * 38 + [3] * 2, [10] * 20 + [3] * 20


def printed(report: CustomerSatisfaction) -> Printed:
    return Printed(customer_satisfaction_pdf(report))


def test_the_report_of_a_month(group: Callable[..., int], filed: Filed, report: Report) -> None:
    desk, tokyo = group("Service Desk"), group("サポート東京")
    first, second = group("First line", desk), group("Second line", desk)
    filed(*POOR, group_id=first, month=1)
    filed(*GOOD, group_id=first)
    filed(*POOR, group_id=second)
    filed(*GOOD[:8], group_id=tokyo)
    filed(10, comment="対応がとても早くて助かりました。ありがとうございます。", person="a", group_id=tokyo)
    filed(2, comment="הבעיה נפתרה אבל חיכיתי יומיים", person="b", group_id=tokyo)
    document = printed(report())
    assert document.for_everybody
    assert document.title == "Customer Satisfaction Report"
    text = document.text
    for said in (
        "Northwind IT", "February 2026", "Net Promoter Score", "+49", "n = 90", "95 % interval: +30 to +65",
        "67 promoters", "74 %", "0 passives", "23 detractors", "Since January 2026: +49 points",
        "Service Desk +45 +24 to +63 80", "サポート東京 +80 +23 to +100 10i",
        "First line +90", "1st of 2", "Second line 0", "2nd of 2",
        "10 promoter 対応がとても早くて助かりました。", "2 detractor", "הבעיה נפתרה אבל חיכיתי יומיים",
        "All answers", "How to read this report", "time zone UTC",
        "Satmetrix Systems, Inc. and Fred Reichheld",
    ):  # fmt: skip
        assert said in text.replace("\N{NARROW NO-BREAK SPACE}", " "), said
    trend, lines = document.pictures
    assert trend.startswith("NPS by month. From 0 in Jan 2026 (n = 40) to +49 in Feb 2026 (n = 90)")
    assert "Service Desk: From 0 in Jan 2026" in lines
    assert f"Page 1 of {len(document.pages)}" in text


def test_a_withheld_months_answers_are_in_no_chart_and_no_table(filed: Filed, report: Report) -> None:
    filed(10, 10, 0, month=1)
    filed(*GOOD)
    document = printed(report())
    assert "Jan 2026" not in document.pictures[0]
    before = "\N{EN DASH} " * 11
    for row, february in (("NPS", "+90"), ("promoters", "38"), ("passives", "0"), ("All answers", "40")):
        assert f" {row} {before}{february} " in document.text


def test_the_response_rate_comes_with_what_it_is_made_of(report: Report) -> None:
    reached = Counts.of([(Stage.RESOLVED, 1000), (Stage.DELIVERED, 200), (Stage.CONFIRMED, 90), (Stage.COMMENTED, 10)])
    text = printed(replace(report(), reached=reached)).text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "33 % response rate 100 answers to 300 delivered invitations; 1 300 tickets were resolved" in text


def test_a_month_without_answers_is_a_report_all_the_same(report: Report) -> None:
    document = printed(report())
    assert document.for_everybody
    for said in (
        "no responses", "nothing to compare with", "No answer in these months names a support group.",
        "No team has the 30 answers from which it is ranked.", "Nobody wrote a comment that tells enough.",
    ):  # fmt: skip
        assert said in document.text, said


def test_the_running_month_says_that_it_is_not_over(report: Report) -> None:
    text = printed(report("2026-03")).text
    assert "Customer Satisfaction Report 31 January to 2 March 2026" in text
    assert "March 2026 is not over yet." in text
    assert "not over yet" not in printed(report("2026-02")).text


def test_a_withheld_score_leaves_nothing_to_read(filed: Filed, report: Report) -> None:
    filed(10, 0, comment="Few enough to tell who wrote this comment")
    text = printed(report()).text
    assert "not enough answers yet (shown from 5)" in text
    assert "Left out, as too few have answered." in text
    assert "Few enough" not in text
