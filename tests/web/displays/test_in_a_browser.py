"""The displays on a wall and on a phone, without scripts: legible, nothing cut off, and moving on by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.testing.serving import serve
from deskpulse_web import displays
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser
SAID = "The colleague called back within minutes and stayed on the line until everything worked. " * 6
FULL = {"erp": 40, "crm": 35, "db": 12, "lan": 9, "wifi": 3, "net": 7}
LEGIBLE: dict[str, dict[str, float]] = {
    "/gauge": {".score": 25, "h1": 5, ".sure": 4, ".bands": 4, ".compared": 4},
    "/league-table": {"h1": 5, ".points": 5, "tbody th[scope=row]": 3.4, ".place": 3, ".n": 3},
    "/feedback-slider": {"h1": 5, "blockquote": 4, ".given": 5, "figcaption": 4},
}
"""Letters in per cent of the screen's height, at least. On a screen 80 cm high, 3 per cent are 24 mm: at ten metres
more than eight minutes of arc, where five are what normal sight needs."""
SIZE = "(element) => parseFloat(getComputedStyle(element).fontSize) * 100 / innerHeight"


@pytest.fixture
def url(
    client: FlaskClient, desk: Desk, organisation: Organisation, opened: str, tree: dict[str, int], answer: Answers
) -> Iterator[str]:
    """Displays with every kind of row, eight of them on the first screen, and two more."""
    with desk.db.write() as session:
        for number in range(4):
            name = f"Group {number} with the longest name that anybody could think of, and some more"
            session.add(SupportGroup(organisation_id=organisation.id, name=name, code=f"new{number}"))
    for code, n in FULL.items():
        answer(*[10] * n, 3, group_id=tree[code], comment=SAID)
    with serve(client.application) as address:
        yield address


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (390, 844)])
def test_legible_whole_and_accessible(
    url: str, opened: str, new_page: Callable[..., Page], width: int, height: int
) -> None:
    page = new_page(width=width, height=height)
    for path, sizes in LEGIBLE.items():
        # Standing still, as its own link makes it: axe knows no exception for what people can stop.
        page.goto(f"{url}{path}?cpc={opened}&combine=n&hold=1")
        assert_accessible(page)
        assert_fits(page)
        if width > height:
            assert page.evaluate("document.scrollingElement.scrollHeight - innerHeight") <= 0, f"{path} is cut off"
            found = {selector: page.locator(selector).first.evaluate(SIZE) for selector in sizes}
            assert {selector: size for selector, size in found.items() if size < sizes[selector]} == {}


def test_they_move_on_without_scripts(
    url: str, opened: str, new_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(displays, "SECONDS_A_SCREEN", 1)
    page = new_page(scripts=False)
    page.goto(f"{url}/league-table?cpc={opened}&combine=n")
    for number in (2, 1, 2):
        page.wait_for_url(f"**combine=n&page={number}")
    page.get_by_role("link", name="Pause").click()
    page.wait_for_url("**&hold=1")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**&hold=1&page=*")
