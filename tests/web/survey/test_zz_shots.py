"""temporary"""
from __future__ import annotations
from collections.abc import Callable
from typing import Any
from datetime import timedelta
import pytest
from playwright.sync_api import Page
from deskpulse.testing.serving import serve
from deskpulse.surveys.models import Invite
from sqlalchemy import update
pytestmark = pytest.mark.browser
OUT = "/tmp/audit/shots"

def test_shots(app: Any, ask: Any, desk: Any, new_page: Callable[..., Page], clock: Any) -> None:
    with serve(app) as url:
        for name, options in {"desk": {"width":1280}, "desk-dark": {"width":1280,"dark":True}, "p390": {"width":390,"height":844}, "p390-dark": {"width":390,"height":844,"dark":True}, "p320":{"width":320,"height":640}}.items():
            page = new_page(**options, allow=["404","410","422","400","403"])
            n = name
            s = f"{url}/s/{ask(number='n-'+n, person=n+'@x.example', subject='Printer on the third floor prints only blank pages since Monday')}"
            def shot(what):
                page.screenshot(path=f"{OUT}/{n}-{what}.png", full_page=True)
                w = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert w[0] <= w[1], (n, what, w)
            page.goto(s); shot("1open")
            page.goto(s+"?score=7"); shot("2passive")
            page.get_by_role("radio", name="9 of 10", exact=True).check(); shot("3praise")
            page.goto(s+"?score=9")
            page.evaluate("document.querySelector('button').click()")
            page.wait_for_selector("text=One more press"); shot("4confirm")
            page.get_by_role("button").click(); page.wait_for_selector("text=Thank you"); shot("5thanks")
            page.get_by_role("link", name="Change my answer").click(); shot("6change")
            page.context.clear_cookies(); page.goto(s); shot("7answered")
            page.goto(s+"/opt-out"); shot("8optout"); page.get_by_role("button").click(); shot("9out")
            page.goto(s+"x"); shot("unknown")
            s2 = f"{url}/s/{ask(number='m-'+n, person=n+'2@x.example')}"
            with desk.db.write() as session:
                session.execute(update(Invite).where(Invite.person==n+'2@x.example').values(state="withdrawn", ended_at=clock.at))
            page.goto(s2); shot("withdrawn")
            s3 = f"{url}/s/{ask(number='o-'+n, person=n+'3@x.example')}"
            with desk.db.write() as session:
                session.execute(update(Invite).where(Invite.person==n+'3@x.example').values(expires_at=clock.at))
            page.goto(s3); shot("expired")
            page.close()
        for fc in ("light","dark"):
            page = new_page(width=600)
            page.emulate_media(forced_colors="active", color_scheme=fc)
            s = f"{url}/s/{ask(number='f-'+fc, person=fc+'f@x.example', subject='Printer')}"
            page.goto(s+"?score=7"); page.screenshot(path=f"{OUT}/forced-{fc}.png", full_page=True); page.close()
