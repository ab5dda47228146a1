"""The Survey Responses Report as PDF: read back from its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.documents import survey_responses
from deskpulse.reports.documents.survey_responses import survey_responses_pdf
from deskpulse.reports.documents.typesetting import NotSet, typeset
from deskpulse.reports.responses.report import Report
from deskpulse.reports.responses.rows import ResponseRow
from deskpulse.reports.responses.sorting import Sort
from deskpulse.reports.standings import Standing
from deskpulse.scoring.bands import BandCounts
from fixtures.printed import Printed

Print = Callable[..., Printed]
FAMILY = "👩‍👩‍👧"


def row(score: int = 10, **values: Any) -> ResponseRow:
    usual: dict[str, Any] = {
        "id": 1, "factors": (), "comment": "", "contact_wanted": False,
        "answered_at": datetime(2026, 2, 10, 23, 30, tzinfo=UTC), "day": None, "ticket": "INC0010", "vendor_id": None,
        "connection_id": None, "subject": "", "customer": "Maria Fernandez", "group": "Service Desk", "group_id": 1,
        "agent": "Ann Archer", "segment1": "Berlin", "segment2": "Finance",
    }  # fmt: skip
    return ResponseRow(**(usual | {"score": score} | values))


@pytest.fixture
def printed(desk: Desk, organisation: Organisation) -> Print:
    def make(*rows: ResponseRow, counts: BandCounts | None = None, minimum: int = 1) -> Printed:
        counts = counts or BandCounts.of(one.score for one in rows)
        criteria = [("Period", "1 to 28 February 2026"), ("Time zone", "Europe/Berlin"), ("Support group", "サポート")]
        standing, zone = Standing("Northwind IT", counts, minimum), ZoneInfo("Europe/Berlin")
        made = Report("Northwind IT", desk.now(), zone, criteria, standing, Sort.NEWEST_FIRST, iter(rows))
        return Printed(survey_responses_pdf(desk, organisation, made))

    return make


def test_a_row_says_everything_about_a_response(printed: Print) -> None:
    document = printed(
        row(10, factors=("speed",), comment="Thank you"), row(3, factors=("updates",), contact_wanted=True), row(8)
    )
    assert document.title == "Survey Responses Report"
    text = document.text
    for said in (
        "Northwind IT", "1 to 28 February 2026", "Time zone Europe/Berlin", "サポート", "3 responses",
        "11 Feb 2026", "00:30", "Maria Fernandez", "INC0010", "Berlin", "Finance", "Ann Archer", "Service Desk",
        "Solved quickly", "10 promoter", "Thank you", "Did not keep me informed", "3 detractor",
        "Asks to be contacted.", "8 passive", "\N{EN DASH}", "n = 3", "0", "95 % interval: ",
    ):  # fmt: skip
        assert said in text, said


def test_comments_of_every_script_are_printed_with_letters_for_each_character(printed: Print) -> None:
    comments = ("Danke! 🎉" + FAMILY, "ありがとう", "감사합니다", "הבעיה נפתרה", "تم حل المشكلة", "धन्यवाद ขอบคุณ")
    document = printed(*(row(comment=comment) for comment in comments))
    assert document.for_everybody
    assert {
        "NotoSans", "NotoEmoji", "NotoSansCJKsc", "NotoSansHebrew", "NotoSansArabic", "NotoSansDevanagari",
        "NotoSansThai",
    } <= document.fonts.keys()  # fmt: skip
    assert all(document.fonts.values()), "embedded"
    for comment in ("🎉" + FAMILY, "ありがとう", "감사합니다", "הבעיה נפתרה"):
        assert comment in document.text


def test_a_character_that_no_font_has_costs_the_claim_and_not_the_document(printed: Print) -> None:
    document = printed(row(comment="Look: \U00012000 is cuneiform"))
    assert not document.for_everybody
    assert "is cuneiform" in document.text


def test_words_are_never_read_as_markup(printed: Print) -> None:
    comment = '#panic("x") $a^2$ *bold* _it_ <script> @ref `raw` = Head \\ [x]'
    document = printed(row(comment=comment, customer="#read(x)", ticket="*1*"))
    assert comment in document.text
    assert "#read(x)" in document.text
    assert "*1*" in document.text


def test_a_ticket_leads_to_the_helpdesk(desk: Desk, organisation: Organisation, printed: Print) -> None:
    with desk.db.write() as session:
        values = {"base_url": "https://help.example.com", "api_token": "t"}
        connection = connections.create(desk, session, organisation, "fake", "Helpdesk", values)
    known = {"vendor_id": "77", "connection_id": connection.id}
    assert printed(row(**known), row(id=2)).links == ["https://help.example.com/tickets/77"]


def test_every_page_has_its_number_and_the_heads_of_the_columns(printed: Print) -> None:
    pages = printed(*(row(comment="Went well. " * 20) for _ in range(40))).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Date Customer Ticket Segments Agent, group Factors Score Comment" in page


def test_the_owners_of_the_marks_are_named(printed: Print) -> None:
    assert (
        "service marks, of Bain & Company, Inc., Satmetrix Systems, Inc. and Fred Reichheld" in printed(row()).pages[0]
    )


def test_more_rows_than_a_document_holds_are_cut_and_it_says_so(
    printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_responses, "MOST_ROWS", 3)
    document = printed(*(row(ticket=f"T{number}") for number in range(5)), counts=BandCounts(1200, 0, 0))
    assert "Shown are the first 3 of them. The CSV file of this report has all." in document.text
    assert "1 200 responses" in document.text
    assert ("T2" in document.text, "T3" in document.text) == (True, False)
    assert "Shown are" not in printed(row(), row(), row()).text


def test_a_withheld_score_is_not_printed(printed: Print) -> None:
    document = printed(row(), row(), minimum=5)
    assert "not enough answers yet (shown from 5)" in document.text
    assert "+100" not in document.text


def test_nothing_found_says_what_to_do(printed: Print) -> None:
    document = printed()
    assert "No response matches. Choose a longer period or fewer filters." in document.text
    assert document.for_everybody


def test_a_word_without_end_stays_within_its_column(printed: Print) -> None:
    document = printed(row(customer="a" * 60 + "@example.com", comment="https://example.com/" + "x" * 300))
    assert document.for_everybody
    assert len(document.pages) == 1


def test_data_that_does_not_fit_its_template_is_an_error() -> None:
    with pytest.raises(NotSet, match=r"survey_responses\.typ: .+"):
        typeset("survey_responses.typ", {})
