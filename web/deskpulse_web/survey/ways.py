"""The addresses of one survey's pages, by either entrance."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request, url_for

from deskpulse.surveys import links
from deskpulse.surveys.entrances import Entrance, HelpdeskEntrance, TokenEntrance


@dataclass(frozen=True, slots=True)
class Way:
    """An entrance and the addresses behind it."""

    entrance: Entrance
    page: str
    thanks: str
    trap: str
    opt_out: str | None
    seed: str
    """What the order of the factors hangs on."""


def by_token(token: str) -> Way:
    """The way of an invite's token."""
    entrance = TokenEntrance(token)
    page = url_for("survey.asked", token=token)
    return Way(entrance, page, f"{page}/thanks", f"{page}/all", f"{page}/opt-out", seed=token)


def by_helpdesk() -> Way:
    """The way of a link built by the helpdesk, from the request's parameters. Raises UnknownLink, BadLink."""
    entrance = HelpdeskEntrance.of(links.read(request.args.items(multi=True)))
    page, thanks, trap = (
        f"{url_for(f'survey.{view}')}?{urlencode(entrance.query)}"
        for view in ("asked_by_helpdesk", "thanked_by_helpdesk", "trapped_by_helpdesk")
    )
    return Way(entrance, page, thanks, trap, None, seed=links.name(0, "", entrance.parameters))
