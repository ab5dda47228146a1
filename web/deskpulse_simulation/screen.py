"""The agent screen's frame: who works at it, what protects it, and the page around the vendor's own parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, send_from_directory
from werkzeug.wrappers import Response as WerkzeugResponse

STATIC = Path(__file__).parent / "static"
SIGN_IN = "/agent/sign-in"
MOST_PEOPLE = 200
"""Agents that the chooser offers; a large organisation's would be no list to choose from."""


class Person(Protocol):
    """An agent who may work at the screen."""

    @property
    def id(self) -> object:
        """What the cookie remembers; its text names the agent."""
        ...

    @property
    def name(self) -> str:
        """As the chooser shows it."""
        ...


@dataclass(frozen=True)
class Brand:
    """What every page carries: the account's name, and beside it whose simulator this is.

    ``links`` are ``(text, path)``: the list of tickets, and where there is one the page for a new ticket. ``scripts``
    are paths of the scripts that play host to the installed app; pages with a place for it load them.
    """

    name: str
    label: str
    links: Sequence[tuple[str, str]] = (("Tickets", "/agent/"), ("New ticket", "/agent/tickets/new"))
    scripts: Sequence[str] = ()

    @property
    def home(self) -> str:
        """The path of the list of tickets."""
        return self.links[0][1]


CHOICES = (("open", "Open"), ("solved", "Solved and closed"), ("all", "All"))
"""What the list of tickets can be narrowed to, by ``?status=``; open ones are shown unless asked otherwise."""


@dataclass(frozen=True)
class Line:
    """A ticket in the list. ``state`` is the word that colours the badge (see ``macros.html``), ``status`` its text."""

    number: str
    subject: str
    address: str
    state: str
    status: str
    updated_at: datetime
    requester: str | None = None
    requester_address: str | None = None
    assignee: str | None = None
    group: str | None = None


class Staff(Protocol):
    """The vendor's word on who works at the screen."""

    def people(self) -> Sequence[Person]:
        """Everyone who may be chosen, by name."""
        ...

    def chosen(self, key: str) -> Person:
        """The agent of this id; the first there is where it names nobody (any more)."""
        ...


def _nowhere() -> Iterable[str]:
    return ()


class Screen:
    """A blueprint ``pages`` to which the vendor adds its views; the frame adds the front door and the chooser.

    ``base_url`` tells the simulator's address, once known. ``frames`` are the origins of pages that the screen shows
    in frames, ours apart.
    """

    def __init__(
        self, brand: Brand, staff: Staff, base_url: Callable[[], str], frames: Callable[[], Iterable[str]] = _nowhere
    ) -> None:
        self._brand = brand
        self._staff = staff
        self._base_url = base_url
        self._frames = frames
        self.pages = Blueprint("agent", __name__, template_folder="templates")
        self.pages.add_url_rule("/", "home", self._home)
        self.pages.add_url_rule(SIGN_IN, "sign_in", self._sign_in, methods=["POST"])
        self.pages.before_request(_refuse_strangers)
        self.pages.after_request(self._protect)

    @property
    def cookie(self) -> str:
        """The name of the cookie that remembers who works at the screen."""
        return agent_cookie(self._base_url())

    def agent_key(self) -> str | None:
        """The id of the agent whom the browser remembers, as text; None before it does."""
        return request.cookies.get(self.cookie)

    def page(self, template: str, **values: object) -> str:
        """A page inside the frame, from ``simulation/list.html``, ``ticket.html``, ``person.html`` or ``new.html``.

        What each of them wants is said at its top. A template of the vendor's extends ``simulation/base.html``.
        """
        agent, people = self._staff.chosen(self.agent_key() or ""), self._staff.people()[:MOST_PEOPLE]
        shown = people if agent in people else [agent, *people]
        return render_template(
            template, brand=self._brand, agent=agent, agents=shown, here=request.full_path, sign_in=SIGN_IN, **values
        )

    def _home(self) -> WerkzeugResponse:
        return redirect(self._brand.home)

    def _sign_in(self) -> WerkzeugResponse:
        """Become another agent."""
        target = request.form.get("next", "")
        within = target.startswith("/") and not target.startswith(("//", "/\\"))
        response = redirect(target if within else self._brand.home)
        self._remember(response, request.form.get("agent", ""))
        return response

    def _remember(self, response: WerkzeugResponse, key: str) -> None:
        response.set_cookie(self.cookie, key, httponly=True, samesite="Lax")

    def _protect(self, response: Response) -> Response:
        frames = " ".join(["'self'", *sorted(self._frames())])
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; frame-src {frames}; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
        )
        response.headers["Cache-Control"] = "no-store"
        if not self.agent_key() and request.path != SIGN_IN:
            self._remember(response, str(self._staff.chosen("").id))
        return response


def agent_cookie(base_url: str) -> str:
    """The name of the cookie that remembers the agent: by address, as several simulators may share a host."""
    return "agent_" + "".join(char for char in base_url if char.isalnum())


def _refuse_strangers() -> None:
    if request.method == "POST" and not same_origin():
        abort(403)


def same_origin() -> bool:
    """Whether a request comes from our own pages, as far as the browser tells."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def static_files(*folders: Path) -> Blueprint:
    """``/_sim/static``: the frame's style and scripts, and the vendor's own from its folders.

    The kit's templates come with it too, for pages outside the agent screen.
    """
    pages = Blueprint("static_files", __name__, url_prefix="/_sim/static", template_folder="templates")

    @pages.get("/<path:name>")
    def file(name: str) -> Response:
        folder = next((one for one in folders if (one / name).is_file()), STATIC)
        return send_from_directory(folder, name)

    return pages


def refreshed(template: str, revision: str, **values: object) -> Response:
    """What may have changed of a page, for ``refresh.js`` to put in place; 204 when nothing did.

    The part's outermost element carries ``data-revision``, and the page's element around it ``data-parts`` with the
    address of the view that answers with this.
    """
    if request.args.get("revision") == revision:
        return Response(status=204)
    return Response(render_template(template, **values), content_type="text/html; charset=utf-8")
