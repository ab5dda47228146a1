"""The agent screen: every ticket with a button to solve or reopen it, and the sidebar app beside one ticket."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from deskpulse.testing.fake_helpdesk.simulator.account import Account

TITLE = "Fake helpdesk"
ACTIONS = {"open": "solve", "solved": "reopen"}


def page(account: Account, path: str) -> str:
    """The list of tickets, or one ticket where the path names it."""
    key = path.removeprefix("/tickets/")
    main = _ticket(account, key) if key in account.tickets else _tickets(account)
    return f'<!doctype html><html lang="en"><title>{TITLE}</title><h1>{TITLE}</h1>{main}</html>'


def _tickets(account: Account) -> str:
    rows = (
        f'<li><a href="/tickets/{key}">{one.number}</a> {escape(one.subject)}: {one.status}</li>'
        for key, one in account.tickets.items()
    )
    return f"<ul>{''.join(rows)}</ul>"


def _ticket(account: Account, key: str) -> str:
    ticket = account.tickets[key]
    action = ACTIONS.get(ticket.status)
    button = (
        f'<form method="post" action="/_sim/tickets/{key}/{action}"><button>{action}</button></form>' if action else ""
    )
    query = urlencode({"ticket": key, "customer": ticket.requester or ""})
    panels = (
        f'<iframe title="DeskPulse" src="{escape(settings.get("panel_url", ""))}?{query}"></iframe>'
        for _, settings in account.apps
    )
    return f"<h2>{escape(ticket.subject)}</h2><p>{ticket.status}</p>{button}{''.join(panels)}"
