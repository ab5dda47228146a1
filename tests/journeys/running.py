"""A running ``deskpulse demo``, and the people around it: someone with a mailbox, someone with a scanner, an agent."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests

from fixtures.processes import ServerProcess, wait_until
from kit.accounts import Helpdesk, bundled

PROGRAM = Path(sys.executable).with_name("deskpulse")
READY_WITHIN = 60.0
"""Seconds after which a start has failed; what is promised is asserted by its own test."""
Json = dict[str, Any]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a command that works on this data directory, free of the developer's own settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_")}
    return own | {"DESKPULSE_DATA_DIR": str(folder), **{f"DESKPULSE_{name}": value for name, value in settings.items()}}


def soon(what: str, find: Callable[[], Any], within: float = 10.0) -> Any:
    """Ask until there is something to show for it; gives that."""
    found: list[Any] = []

    def ready() -> bool:
        found[:] = [find()]
        return bool(found[0])

    wait_until(ready, what, timeout=within, pause=0.02)
    return found[0]


def plain(markup: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@dataclass
class Person:
    """Someone with a browser of their own, over plain HTTP; ``text`` is what the page says now."""

    session: requests.Session = field(default_factory=requests.Session)
    page: requests.Response | None = None

    def open(self, url: str, method: str = "GET", **more: Any) -> requests.Response:
        self.page = self.session.request(method, url, timeout=10, **more)
        return self.page

    @property
    def markup(self) -> str:
        assert self.page is not None
        return self.page.text

    @property
    def text(self) -> str:
        return plain(self.markup)

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.markup, re.DOTALL)
        return plain(found[1]) if found else ""

    @property
    def chosen(self) -> int | None:
        """The score that the page has ready."""
        found = re.search(r'name="score" value="(\d+)"[^>]* checked', self.markup)
        return int(found[1]) if found else None

    @property
    def has_form(self) -> bool:
        return "<form" in self.markup

    def send(self, score: int, *, gesture: bool = True, scripted: bool = True, **filled: Any) -> requests.Response:
        """Send the form on the page as its script fills it in: after a gesture of a person, or without any."""
        assert self.page is not None
        action = re.search(r'<form method="post" action="([^"]+)"', self.markup)
        nonce = re.search(r'name="nonce" value="([^"]+)"', self.markup)
        assert action, self.text
        assert nonce, self.text
        marks = {"scripted": "1" if scripted else "", "activated": "click" if gesture else ""}
        url = requests.compat.urljoin(self.page.url, html.unescape(action[1]))
        return self.open(url, "POST", data={"nonce": nonce[1], "score": score, **marks, **filled})

    def answer(self, link: str, score: int, **filled: Any) -> None:
        """Click a score in the mail, and send the page."""
        assert self.open(f"{link}?score={score}").status_code == 200
        assert self.chosen == score
        self.send(score, **filled)
        assert self.heading == "Thank you", self.text


@dataclass
class Demo:
    """One running demo: its facts as ``--json`` prints them, its data directory, and everyday steps in it."""

    facts: Json
    folder: Path
    seconds: float
    """From the start of the process to its line of JSON."""
    kind: str = "zendesk"
    """The helpdesk that the steps below are taken in; see ``at``."""
    portal: requests.Session = field(default_factory=requests.Session)
    _unused: dict[str, Iterator[Json]] = field(default_factory=dict)

    def at(self, kind: str) -> Demo:
        """The same demo, with its steps taken in another helpdesk."""
        return replace(self, kind=kind)

    @property
    def url(self) -> str:
        return str(self.facts["base_url"])

    @property
    def connection(self) -> Json:
        return dict(next(one for one in self.facts["connections"] if one["kind"] == self.kind))

    @property
    def simulator(self) -> str:
        return str(self.connection["simulator_url"])

    @property
    def mailbox(self) -> str:
        return str(self.facts["mailbox"]["url"])

    def command(self, *arguments: str, given: str | None = None) -> str:
        """What a command of ``deskpulse`` says, on the demo's own data."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=environment(self.folder, BASE_URL=self.url),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # --- the helpdesk ---------------------------------------------------------------------------------------------

    def program(self, method: str, path: str, body: Json | None = None) -> Any:
        """Ask the simulator, as a program does."""
        answer = requests.request(method, f"{self.simulator}/_sim{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def fresh_ticket(self) -> Json:
        """An open ticket of a customer whom no other test has met."""
        if self.kind not in self._unused:
            self._unused[self.kind] = iter([line for line in self.program("GET", "/tickets") if line["open"]])
        return next(self._unused[self.kind])

    def write_ticket(self, requester: str, subject: str) -> Json:
        """A new ticket, written on the agent screen."""
        form = {"requester": requester, "subject": subject, "body": "Please have a look."}
        requests.post(f"{self.simulator}/agent/tickets", data=form, timeout=10).raise_for_status()
        mine = {"subject": subject, "requester": requester}
        return dict([one for one in self.program("GET", "/tickets") if mine.items() <= one.items()][-1])

    @property
    def helpdesk(self) -> Helpdesk:
        """The plug-in at work, and the words in which its conformance test reads the helpdesk."""
        return next(one for one in bundled() if one.point.name == self.kind)

    def sim(self, method: str, path: str, body: Json | None = None) -> Any:
        """As the conformance tests ask."""
        return self.program(method, f"/{path}", body)

    def ticket(self, ticket: Json) -> Json:
        return dict(self.program("GET", f"/tickets/{ticket['id']}"))

    def solve(self, ticket: Json) -> None:
        self.program("POST", f"/tickets/{ticket['id']}/solve")

    def reopen(self, ticket: Json) -> None:
        self.program("POST", f"/tickets/{ticket['id']}/reopen")

    def notes(self, ticket: Json) -> list[str]:
        """What DeskPulse wrote on the ticket; fails where it is public."""
        seat: Any = self
        written = [
            note
            for note in self.helpdesk.suite().ticket_notes(seat, str(ticket["id"]))
            if "DeskPulse answer" in note.text
        ]
        assert not any(note.public for note in written)
        return [note.text for note in written]

    def noted(self, ticket: Json, count: int = 1) -> list[str]:
        """Wait for that many notes on the ticket."""
        return list(soon(f"note {count} on ticket {ticket['number']}", lambda: self._notes_if(ticket, count)))

    def _notes_if(self, ticket: Json, count: int) -> list[str]:
        notes = self.notes(ticket)
        return notes if len(notes) >= count else []

    def score_on(self, ticket: Json) -> str | None:
        """The value of the ticket's score field."""
        (number,) = (
            one["id"] for one in self.in_helpdesk("/ticket_fields.json")["ticket_fields"] if one["title"] == "NPS score"
        )
        found = {one["id"]: one["value"] for one in self.ticket(ticket)["custom_fields"]}
        return found.get(number)

    def in_helpdesk(self, path: str) -> Json:
        """What the vendor's API answers to the integration's own user."""
        credentials = self.connection["credentials"]
        pair = (f"{credentials['email']}/token", credentials["api_token"])
        answer = requests.get(f"{self.simulator}/api/v2{path}", auth=pair, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def panel(self, ticket: Json, **more: object) -> Json:
        """The panel's data, asked for as the app in the sidebar does: through the helpdesk, which adds the key.

        The app also says ``customer``, by number, and ``email``.
        """
        query = "?" + "&".join(f"{name}={value}" for name, value in {"ticket": ticket["id"], **more}.items())
        asked = {
            "url": f"{self.url}/panel/{self.connection['key']}{query}",
            "type": "GET",
            "secure": True,
            "headers": {"Authorization": "Bearer {{setting.panel_key}}"},
        }
        answer = requests.post(
            f"{self.simulator}/_sim/app-request", json=asked, headers={"X-Requested-With": "test"}, timeout=10
        )
        answer.raise_for_status()
        passed_on = answer.json()
        assert passed_on["status"] == 200, passed_on
        return dict(json.loads(passed_on["body"]))

    def story(self, ticket: Json) -> Json:
        """What the panel says about this ticket."""
        return dict(self.panel(ticket)["ticket"])

    def in_state(self, ticket: Json, state: str, within: float = 10.0) -> Json:
        """Wait until the panel tells this state of the ticket."""

        def find() -> Json | None:
            story = self.story(ticket)
            return story if story["state"] == state else None

        return dict(soon(f"ticket {ticket['number']} to be {state}", find, within))

    # --- the mailbox ----------------------------------------------------------------------------------------------

    def mails(self, to: str) -> list[Json]:
        answer = requests.get(f"{self.mailbox}/messages.json", timeout=10)
        return [mail for mail in answer.json() if mail["to"] == to]

    def mail(self, ticket: Json, count: int = 1) -> Json:
        """Wait for that many mails to the ticket's customer; gives the newest."""
        to = ticket["requester"]
        soon(f"mail {count} to {to}", lambda: len(self.mails(to)) >= count)
        return self.mails(to)[-1]

    def asked(self, ticket: Json) -> str:
        """Solve the ticket, and wait for the mail that asks; gives its link."""
        before = len(self.mails(ticket["requester"]))
        self.solve(ticket)
        return link_in(self.mail(ticket, before + 1))

    # --- the portal -----------------------------------------------------------------------------------------------

    def internal(self, path: str) -> str:
        """An internal page, as the signed-in administrator sees it."""
        if not self.portal.cookies:
            self._sign_in()
        answer = self.portal.get(f"{self.url}{path}", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.text

    def _sign_in(self) -> None:
        access = self.facts["portal"]
        page = self.portal.get(access["url"], timeout=10).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        form = {"csrf_token": token[1], "email": access["email"], "passphrase": access["password"]}
        assert self.portal.post(access["url"], data=form, timeout=10).url.endswith("/overview")

    def decisions(self, ticket: Json) -> list[str]:
        """What the status page says about a ticket, one line for each time it was solved, newest first."""
        page = self.internal(f"/status?ticket={ticket['number']}")
        table = page.partition('aria-label="Decisions"')[2]
        rows = [plain(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL) if "<td" in row]
        return [row for row in rows if f"({self.helpdesk.kind.label})" in row]

    def decided(self, ticket: Json, count: int = 1) -> list[str]:
        """Wait until the ticket has that many decisions."""

        def find() -> list[str]:
            found = self.decisions(ticket)
            return found if len(found) >= count else []

        return list(soon(f"decision {count} about ticket {ticket['number']}", find))


def link_in(mail: Json) -> str:
    """The survey's address in an invitation, without a score."""
    found = re.search(r"(http://\S+/s/[\w-]+)\?score=0", mail["text"])
    assert found, mail["text"]
    return found[1]


def start(folder: Path, *options: str) -> tuple[ServerProcess, Demo]:
    """Start a demo of its own, and wait until it is ready. Stop the process afterwards."""
    log = folder / "demo.log"
    data = folder / "data"
    command = [PROGRAM, "demo", "--json", "--no-open", "--port", "0", "--data", data, *options]
    process = ServerProcess("deskpulse demo", command, log, environment=environment(data))
    begun = time.monotonic()
    process.start(lambda: _facts(log) is not None, READY_WITHIN)
    seconds = time.monotonic() - begun
    facts = _facts(log)
    assert facts is not None
    return process, Demo(facts, data, seconds)


def _facts(log: Path) -> Json | None:
    lines = [line for line in log.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("{")]
    return dict(json.loads(lines[0])) if lines and lines[0].endswith("\n") else None
