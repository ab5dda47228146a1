"""The simulator put together: one site, its API, its agent screen and its background work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flask import Flask

from deskpulse.simulation import SampleWorld, SimulatorAccess
from deskpulse_jira_sm.simulator import (
    app_frames,
    comments_api,
    csm_api,
    desk_api,
    dynamic_webhooks,
    fields_api,
    issues_api,
    oauth_pages,
    people_api,
    projects_api,
    requests_api,
    search_api,
    site_pages,
    webhooks,
)
from deskpulse_jira_sm.simulator.agent_screen import AgentScreen
from deskpulse_jira_sm.simulator.api import Api, answer_unknown
from deskpulse_jira_sm.simulator.apps import Apps
from deskpulse_jira_sm.simulator.auth import CLASSIC, PAT, SCOPED, Gate
from deskpulse_jira_sm.simulator.automation import Automation
from deskpulse_jira_sm.simulator.control import controls
from deskpulse_jira_sm.simulator.delivery import JiraCourier, JiraDelivery, JiraTimings, Postman
from deskpulse_jira_sm.simulator.events import Event
from deskpulse_jira_sm.simulator.fault_answers import FaultAnswers
from deskpulse_jira_sm.simulator.ids import Ids
from deskpulse_jira_sm.simulator.limits import Limits, Rates
from deskpulse_jira_sm.simulator.loading import CATEGORY, FUNCTION, LOCATION, Loader, field_called, furnish
from deskpulse_jira_sm.simulator.oauth import CLASSIC_SCOPES, OAuth
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_jira_sm.simulator.site import CLOUD, SERVER, Site
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.delivery import Dispatcher
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.front import Front, RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.oauth import Client
from deskpulse_simulation.screen import static_files

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STATIC = Path(__file__).parent / "static"
PREFIXES = ("/rest/", "/ex/jira/", "/jsm/", "/gateway/", "/oauth/token", "/_edge/")


class JiraSimulator:
    """One Jira site in this process; several may run side by side.

    The same ``seed`` gives the same ids, secrets and shuffles. ``clock`` replaces the machine's time. ``smtp_url``
    (``smtp://host:port``) is where notifications of customers really go. ``deployment="server"`` makes it Data Center.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
        smtp_url: str | None = None,
        deployment: Literal["cloud", "server"] = "cloud",
    ) -> None:
        time = Clock(clock)
        site = Site(time, Ids(seed), deployment=SERVER if deployment == SERVER else CLOUD)
        site.switches.category_changed_date = not site.server
        faults, timings, rates, windows = Faults(), JiraTimings(), Rates(), Windows(time)
        dispatcher = Dispatcher[JiraDelivery](
            JiraCourier(timings, time, seed), time, site.lock, faults, seed=seed, timings=timings
        )
        oauth = OAuth(site.ids, time)
        gate = Gate(site, oauth)
        self._parts = JiraParts(
            site.lock,
            time,
            faults,
            RequestLog(time),
            windows,
            dispatcher,
            Mailer(smtp_url, f"Acme Support <jira@{site.name}.atlassian.net>"),
            switches=site.switches,
            rates=rates,
            site=site,
            gate=gate,
            oauth=oauth,
            automation=Automation(site, dispatcher),
            apps=Apps(site, gate),
        )
        gate.integration_id = furnish(site).account_id
        means = (PAT,) if site.server else (CLASSIC, SCOPED)
        scopes = {SCOPED: frozenset(CLASSIC_SCOPES)}
        self._tokens = {one: gate.issue_token(gate.integration, one, scopes.get(one)) for one in means}
        postman = Postman(site, dispatcher, oauth.client)

        def notify(event: Event) -> None:
            postman.notify(event)
            self._parts.automation.notify(event)

        site.notify = notify
        site.send_mail = self._parts.mailer.send
        inner = site_pages.Gateway(_flask(self._parts, Limits(site, windows, rates)), site)
        self._front = Front(inner, faults, self._parts.log, prefixes=PREFIXES, answer=FaultAnswers(site))

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The application to serve."""
        return self._front

    def start(self, base_url: str) -> None:
        """Learn the address and start sending webhooks and mails."""
        self._parts.site.base_url = base_url.rstrip("/")
        self._parts.start()

    def load(self, world: SampleWorld) -> None:
        """Add the sample's groups as projects, agents, customers and tickets; no rule runs and nothing is sent."""
        with self._parts.lock:
            Loader(self._parts.site, self._parts.gate.integration).load(world)

    def access(self, auth: Literal["api_token", "scoped_token"] = "api_token") -> SimulatorAccess:
        """The integration's own admin user with a token, and the sample's fields once it is loaded."""
        site = self._parts.site
        sample = {"segment1_field": LOCATION, "segment2_field": FUNCTION, "category_field": CATEGORY}
        found = {setting: field_called(site, name) for setting, name in sample.items()}
        settings = {"base_url": site.base_url, **{setting: field.id for setting, field in found.items() if field}}
        if site.server:
            return SimulatorAccess(
                settings={**settings, "deployment": "data_center", "auth": "pat"},
                secrets={"personal_access_token": self._tokens[PAT]},
            )
        token = self._tokens[SCOPED if auth == "scoped_token" else CLASSIC]
        email = str(self._parts.gate.integration.email)
        own = {"site": site.name, "deployment": "cloud", "auth": auth, "email": email}
        return SimulatorAccess(settings={**own, **settings}, secrets={"api_token": token})

    def oauth_client(self) -> Client:
        """The registered OAuth 2.0 (3LO) app."""
        return self._parts.oauth.client

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Install the Forge app from a zip of its sources; ``settings`` are its variables. ValueError if refused."""
        with self._parts.lock:
            self._parts.apps.install(package, settings)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no delivery is due or under way; False when that takes longer."""
        return self._parts.dispatcher.wait_idle(seconds)

    def close(self) -> None:
        """Stop background work."""
        self._parts.close()


def _flask(parts: JiraParts, limits: Limits) -> Flask:
    flask = Flask("deskpulse_jira_sm.simulator", static_folder=None, template_folder="templates")
    api = Api(flask, parts.site, limits, parts.gate)
    api.seen = parts.log.asked_by
    for room in (
        people_api,
        projects_api,
        fields_api,
        issues_api,
        comments_api,
        search_api,
        desk_api,
        requests_api,
        csm_api,
        webhooks,
        dynamic_webhooks,
        site_pages,
    ):
        room.add_routes(api)
    answer_unknown(flask)
    screen = AgentScreen(parts)
    flask.register_blueprint(site_pages.blueprint(parts.site))
    flask.register_blueprint(oauth_pages.blueprint(parts))
    flask.register_blueprint(controls(parts).pages)
    flask.register_blueprint(app_frames.blueprint(parts, screen, flask))
    flask.register_blueprint(screen.frame.pages)
    flask.register_blueprint(static_files(STATIC))
    return flask
