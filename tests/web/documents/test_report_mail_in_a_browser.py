"""The Customer Satisfaction Report's mail in the mailbox page: on a desk in the light, on a phone in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.smtp import Mailer
from deskpulse.reports.documents import customer_satisfaction_mail as delivery
from deskpulse.scoring.periods import parse_month
from deskpulse.testing.serving import serve
from deskpulse.worker import drain
from deskpulse_web.demo.mailbox import mailbox_app
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits
from fixtures.mailbox import Letters

pytestmark = pytest.mark.browser
CIO = "cio@corp.example"
WIDE = 2 * 400
"""Dots of the chart's picture."""
THE_MAIL_PROGRAMS = ["region", "landmark-one-main"]
"""Rules about the page around a mail."""


@pytest.fixture
def inbox(desk: Desk, organisation: Organisation, answer: Answers, mailbox: Letters) -> Iterator[str]:
    """The address of the mailbox page; one report has arrived."""
    answer(*[10] * 20, *[3] * 20, answered_at=desk.now().replace(month=1))
    answer(*[10] * 38, *[3] * 2, answered_at=desk.now().replace(month=2))
    desk.mailer = Mailer(mailbox.url)
    with desk.db.write() as session:
        mine = session.get_one(Organisation, organisation.id)
        mine.preferences = {"report_recipients": CIO}
        delivery.queue(desk, session, mine, parse_month("2026-02"), [CIO], "ann@corp.example")
    drain.drain(desk)
    desk.mailer.close()
    with serve(mailbox_app(mailbox.box)) as url:
        yield url


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_score_and_chart_are_seen_in_the_mail(
    desk: Desk, inbox: str, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    page.goto(inbox)
    page.get_by_role("link", name=CIO).click()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("+90", exact=True)).to_be_visible()
    expect(mail.get_by_text("95 % interval: +68 to +99; n = 40").last).to_be_visible()
    picture = mail.get_by_role("img", name="NPS by month. From 0 in Jan 2026 (n = 40) to +90 in Feb 2026 (n = 40)")
    expect(picture).to_be_visible()
    seen = page.frames[1].evaluate("[document.images[0].naturalWidth, document.images[0].clientWidth]")
    assert seen[0] == WIDE
    assert 300 <= seen[1] <= seen[0]
    expect(mail.get_by_role("link", name="Open the dashboard for February 2026")).to_have_attribute(
        "href", f"{desk.settings.base_url}/dashboard?month=2026-02"
    )
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_mail_is_for_everyone(inbox: str, new_page: Callable[..., Page], width: int, dark: bool) -> None:
    page = new_page(width=width, dark=dark)
    page.goto(f"{inbox}/messages/1/html")
    source = page.evaluate("document.documentElement.outerHTML")
    page.goto("about:blank")
    # where a mail is shown no script runs, not even the one that checks it
    page.set_content(source)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 23, 28)" if dark else "rgb(241, 243, 245)"
    )
    assert_accessible(page, skip=THE_MAIL_PROGRAMS)
    assert_fits(page)
