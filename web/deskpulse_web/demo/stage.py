"""Setting the demo's stage: database, mailbox, simulators, connections, history, web application, worker."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import requests
from sqlalchemy import select

from deskpulse import settings as settings_module
from deskpulse.access import users
from deskpulse.connections import connections, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.db import migrate
from deskpulse.demo import departments, history, sample
from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.directory import sync
from deskpulse.hub import Hub
from deskpulse.kinds import Kind
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.records import Bundle
from deskpulse.simulation import SampleTicket, SampleWorld, Simulator
from deskpulse.worker import celery_app
from deskpulse_web.application import create_app
from deskpulse_web.demo.local import LocalServer
from deskpulse_web.demo.mailbox import mailbox_app

NAME, EMAIL = "Northwind IT", "admin@northwind.example"
PREFERENCES = {"open_displays": True, "project_field": "product"}


class Stage:
    """One running demo. ``open()`` gives the facts that ``--json`` prints; ``close()`` stops everything."""

    def __init__(self, folder: Path, *, port: int, empty: bool, disabled: Iterable[str] = ()) -> None:
        self._folder, self._port, self._empty = folder, port, empty
        self._disabled = tuple(disabled)
        self._open = ExitStack()

    def open(self) -> dict[str, Any]:
        """Start everything, in the order in which it is needed."""
        mailbox = self._open.enter_context(Mailbox())
        mailbox_page = self._serve(mailbox_app(mailbox))
        app = _Later()
        server = self._serve(app, self._port)
        settings = settings_module.make(
            data_dir=str(self._folder),
            base_url=server.url,
            smtp_url=mailbox.url,
            mail_from=f"{NAME} <support@northwind.example>",
            bounce_domain="bounces.northwind.example",
            disabled_plugins=self._disabled,
        )
        desk = Desk.open(settings, Hub.load(disabled=self._disabled))
        self._open.callback(desk.close)
        migrate.upgrade(desk.db)
        organisation, passphrase = self._organisation(desk)
        app.ready(create_app(desk))
        simulated = [(kind, kind.simulator()) for kind in desk.hub.kinds() if kind.simulator is not None]
        worlds = self._worlds(desk, organisation, len(simulated))
        joined = [
            self._connect(desk, organisation, kind, simulator, world)
            for (kind, simulator), world in zip(simulated, worlds, strict=True)
        ]
        embedded = celery_app.start_embedded(desk)
        self._open.callback(embedded.stop)
        return {
            "base_url": server.url,
            "organisation": {"name": organisation.name, "code": organisation.code},
            "portal": {"url": f"{server.url}/sign-in", "email": EMAIL, "password": passphrase},
            "api_key": None,
            "mailbox": {"url": mailbox_page.url, "smtp": mailbox.url},
            "connections": joined,
        }

    def close(self) -> None:
        """Stop everything, last first."""
        self._open.close()

    def _serve(self, app: Any, port: int = 0) -> LocalServer:
        server = LocalServer(app, port)
        server.start()
        self._open.callback(server.stop)
        return server

    def _organisation(self, desk: Desk) -> tuple[Organisation, str]:
        """The sample organisation, made at the first start; its administrator gets a new passphrase each time."""
        passphrase = "-".join(secrets.token_hex(2) for _ in range(4))
        with desk.db.write() as session:
            organisation = session.scalar(select(Organisation).order_by(Organisation.id))
            if organisation is None:
                organisation = organisations.create(desk, session, NAME, time_zone="Europe/Berlin")
                organisations.change_preferences(desk, session, organisation, PREFERENCES, "demo")
                users.add(desk, session, organisation, EMAIL, passphrase, name="Demo", actor="demo")
            else:
                users.change_passphrase(desk, session, users.by_email(session, EMAIL), passphrase, actor="demo")
        return organisation, passphrase

    def _worlds(self, desk: Desk, organisation: Organisation, helpdesks: int) -> list[SampleWorld]:
        """What each simulator shows. Over an earlier start's data only new tickets: the year is there.

        An empty one shows people all the same: without agents nobody could solve a ticket.
        """
        now = desk.now()
        with desk.db.read() as session:
            has_year = history.is_there(session, organisation.id, now)
            asked = history.asked_lately(session, organisation.id, now)
        return [
            replace(world, tickets=[one for one in world.tickets if not self._empty and self._shown(one, has_year)])
            for world in sample.worlds(now, helpdesks, asked=asked)
        ]

    @staticmethod
    def _shown(ticket: SampleTicket, has_year: bool) -> bool:
        return ticket.solved_at is None or not has_year

    def _connect(
        self, desk: Desk, organisation: Organisation, kind: Kind, simulator: Simulator, world: SampleWorld
    ) -> dict[str, Any]:
        server = self._serve(simulator.wsgi_app)
        simulator.load(world)
        simulator.start(server.url)
        self._open.callback(simulator.close)
        access = simulator.access()
        row = self._row(desk, organisation, kind, {**access.settings, **access.secrets})
        app: Bundle | None = desk.hub.ask(connections.load(desk, row.id), "deskpulse_panel_bundle")
        if app is not None:  # first: in some helpdesks it brings what provisioning then sets
            simulator.install_app(app.content, app.settings)
        provisioning.provision(desk, row.id)
        provisioning.check(desk, row.id)
        sync.synchronise(desk, row.id)
        with desk.db.write() as session:
            departments.arrange(session, organisation.id, sample.DEPARTMENTS)
            departments.name_segments(session, organisation.id, sample.SEGMENTS)
        if any(ticket.solved_at for ticket in world.tickets):
            ids = requests.get(f"{server.url}/_sim/tickets", timeout=30).json()
            history.load(desk, organisation.id, row.id, world, ids)
        connection = connections.load(desk, row.id)
        scheme = kind.scheme
        return {
            "kind": kind.name,
            "key": row.key,
            "inlet_url": connections.inlet_url(desk, row.key),
            "secret": next(iter(connection.current_secrets(scheme.secret_name)), None),
            "simulator_url": server.url,
            "credentials": {**access.settings, **access.secrets},
        }

    def _row(self, desk: Desk, organisation: Organisation, kind: Kind, values: Mapping[str, str]) -> ConnectionRow:
        """A new connection; one of an earlier start is ended, because its simulator is gone."""
        with desk.db.write() as session:
            for old in session.scalars(
                select(ConnectionRow).where(ConnectionRow.kind == kind.name, ConnectionRow.active)
            ):
                connections.disconnect(desk, old)
            return connections.create(desk, session, organisation, kind.name, kind.label, values)


class _Later:
    """Stands at the address before the application exists, since the application must know its address."""

    def __init__(self) -> None:
        self._app: Any = None

    def ready(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self._app is None:
            start_response("503 Service Unavailable", [("Retry-After", "1"), ("Content-Length", "0")])
            return []
        return cast("Any", self._app)(environ, start_response)
