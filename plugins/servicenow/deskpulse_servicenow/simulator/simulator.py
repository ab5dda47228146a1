"""The simulator put together: one instance, its API, its agent screen and its background work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask

from deskpulse.simulation import SampleWorld, SimulatorAccess
from deskpulse_servicenow.simulator import agent_screen, control
from deskpulse_servicenow.simulator.access import Access
from deskpulse_servicenow.simulator.api import Api, Rates
from deskpulse_servicenow.simulator.background import Background
from deskpulse_servicenow.simulator.desk import Desk
from deskpulse_servicenow.simulator.errors import answer_of_fault
from deskpulse_servicenow.simulator.ids import Ids
from deskpulse_servicenow.simulator.installed import Installed
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.loading import Loader, furnish
from deskpulse_servicenow.simulator.notifications import Notifications
from deskpulse_servicenow.simulator.oauth import OAuth
from deskpulse_servicenow.simulator.outbound import Calls, Outbound, Unqueued
from deskpulse_servicenow.simulator.parts import InstanceParts, JobTimings
from deskpulse_servicenow.simulator.query import Searcher
from deskpulse_servicenow.simulator.rules import Rules
from deskpulse_servicenow.simulator.scheduled import Schedule
from deskpulse_servicenow.simulator.scripting.host import Host
from deskpulse_servicenow.simulator.table_api import TableApi
from deskpulse_servicenow.simulator.writing import Writer
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.front import Front, RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.screen import static_files

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PREFIXES = ("/api/", "/oauth_token.do")
SETTLING = 5.0
"""Seconds that a step of the clock waits for background jobs at each stop."""
SENDER = "Acme Service Desk <acme@service-now.example>"


class ServiceNowSimulator:
    """One instance in this process; several may run side by side.

    The same ``seed`` gives the same ids, secrets and shuffles. ``clock`` replaces the machine's time, and ``smtp_url``
    (``smtp://host:port``) is where mails written by notifications really go.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
        smtp_url: str | None = None,
    ) -> None:
        self._parts = _assembled(seed, Clock(clock), smtp_url)
        self._api_key = self._parts.instance.ids.secret(40)
        self._front = self._served()

    def _served(self) -> Front:
        parts = self._parts
        flask = Flask("deskpulse_servicenow.simulator", static_folder=None)
        api = Api(flask, parts.instance, parts.access, parts.oauth, parts.log, parts.windows, parts.rates)
        api.api_keys[self._api_key] = parts.furniture.integration["sys_id"]
        TableApi(parts.searcher, parts.writer).add_routes(api)
        api.add_tokens()
        desk = Desk(parts)
        flask.register_blueprint(control.blueprint(parts, desk))
        flask.register_blueprint(agent_screen.blueprint(parts, desk))
        flask.register_blueprint(static_files(agent_screen.STATIC))
        return Front(flask, parts.faults, parts.log, prefixes=PREFIXES, answer=answer_of_fault)

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The application to serve."""
        return self._front

    def start(self, base_url: str) -> None:
        """Learn the address and start background work and sending mails."""
        self._parts.instance.base_url = base_url.rstrip("/")
        self._parts.start()

    def load(self, world: SampleWorld) -> None:
        """Add the sample's groups, agents, customers and tickets; no rule runs and nothing is sent."""
        with self._parts.instance.lock:
            Loader(self._parts.instance, self._parts.furniture).load(world)

    def access(self) -> SimulatorAccess:
        """The integration user with its password; it has the role ``itil``, and those of an installed update set."""
        settings = {
            "instance": self._parts.instance.name,
            "base_url": self._parts.instance.base_url,
            "auth": "basic",
            "user_name": self._parts.furniture.integration["user_name"],
        }
        return SimulatorAccess(settings, {"password": self._password(self._parts.furniture.integration)})

    def admin(self) -> tuple[str, str]:
        """User name and password of an administrator."""
        return "admin", self._password(self._parts.furniture.admin)

    def oauth_client(self) -> tuple[str, str]:
        """Client id and secret of the registered OAuth application, which acts as the integration user."""
        return self._parts.oauth.client_id, self._parts.oauth.client_secret

    def api_key(self) -> str:
        """A REST API key of the integration user."""
        return self._api_key

    def _password(self, user: Mapping[str, str]) -> str:
        return self._parts.oauth.passwords[user["sys_id"]]

    def set_property(self, name: str, value: str) -> None:
        """Set a system property, as an administrator does."""
        with self._parts.instance.lock:
            self._parts.instance.set_property(name, value)

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Load, preview and commit an update set; ValueError says what the preview would complain about.

        ``settings`` are values of the set's system properties; a name may leave away what stands before its last dot.
        """
        with self._parts.instance.lock:
            self._parts.installed.install(package, settings, self._parts.furniture.integration["sys_id"])

    def back_out(self) -> int:
        """Take the committed update sets back; answers how many records that were."""
        with self._parts.instance.lock:
            return self._parts.installed.back_out()

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no background job is queued or under way; False when that takes longer."""
        return self._parts.background.wait_idle(seconds)

    def close(self) -> None:
        """Stop background work."""
        self._parts.close()


def _assembled(seed: int, clock: Clock, smtp_url: str | None) -> InstanceParts:
    instance = Instance(clock, Ids(seed))
    furniture = furnish(instance)
    oauth = OAuth(instance)
    for user in (furniture.admin, furniture.integration):
        oauth.passwords[user["sys_id"]] = instance.ids.secret(24)
    oauth.client_user = furniture.integration["sys_id"]
    faults, lock, timings = Faults(), threading.RLock(), JobTimings()
    dispatcher = Calls(Unqueued(), clock, lock, faults, seed=seed, timings=timings)
    mailer = Mailer(smtp_url, SENDER)
    background = Background(
        faults, seed, pause=lambda: timings.scheduler, reordered=lambda: instance.switches.async_reordered
    )
    dispatcher.let_go = background.release
    searcher, writer = Searcher(instance), Writer(instance)
    access = Access(instance, searcher)
    outbound = Outbound(instance, dispatcher, faults, background.add)
    host = Host(instance, access, searcher, writer, outbound)
    notifications = Notifications(host, background, mailer)
    host.on_event = notifications.event
    rules = Rules(host, background, notifications.after)
    writer.hooks.before, writer.hooks.after = rules.before, rules.after
    schedule = Schedule(host, furniture.admin, lambda: background.wait_idle(SETTLING))
    background.tick = schedule.tick
    return InstanceParts(
        lock=lock,
        clock=clock,
        faults=faults,
        log=RequestLog(clock),
        windows=Windows(clock),
        dispatcher=dispatcher,
        mailer=mailer,
        switches=instance.switches,
        rates=Rates(),
        instance=instance,
        furniture=furniture,
        access=access,
        searcher=searcher,
        writer=writer,
        oauth=oauth,
        host=host,
        background=background,
        schedule=schedule,
        installed=Installed(instance),
    )
