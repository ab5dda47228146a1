"""The simulator put together: one account, its API, its agent screen and its background work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask

from deskpulse.simulation import SampleWorld, SimulatorAccess
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.control import Control
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.front import Front, RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.oauth import Client
from deskpulse_simulation.screen import static_files
from deskpulse_zendesk.simulator import (
    agent_screen,
    app_frames,
    apps,
    fault_answers,
    fields,
    groups,
    incremental,
    jobs,
    mails,
    oauth_pages,
    rules,
    search,
    tickets,
    users,
    webhooks,
)
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, answer_unknown, error_response
from deskpulse_zendesk.simulator.apps import Apps
from deskpulse_zendesk.simulator.auth import Gate
from deskpulse_zendesk.simulator.control import Desk
from deskpulse_zendesk.simulator.delivery import CIRCUIT_BROKEN, Courier
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.ids import Ids
from deskpulse_zendesk.simulator.limits import Limits
from deskpulse_zendesk.simulator.loading import Loader, furnish
from deskpulse_zendesk.simulator.oauth import OAuth
from deskpulse_zendesk.simulator.parts import Parts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class ZendeskSimulator:
    """One Zendesk account in this process; several may run side by side.

    The same ``seed`` gives the same ids, secrets and shuffles. ``clock`` replaces the machine's time, and ``smtp_url``
    (``smtp://host:port``) is where mails written by triggers really go.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
        smtp_url: str | None = None,
    ) -> None:
        account = Account(Clock(clock), Ids(seed))
        oauth = OAuth(account.ids, account.clock)
        faults = Faults((CIRCUIT_BROKEN,))
        windows = Windows(account.clock)
        limits = Limits(windows)
        courier = Courier(account, faults, seed)
        self._parts = Parts(
            lock=account.lock,
            clock=account.clock,
            faults=faults,
            log=RequestLog(account.clock),
            windows=windows,
            dispatcher=courier.dispatcher,
            mailer=Mailer(smtp_url, mails.sender(account), mails.headers(account)),
            switches=account.switches,
            rates=limits.rates,
            account=account,
            gate=Gate(account, oauth),
            oauth=oauth,
            limits=limits,
            courier=courier,
            apps=Apps(account),
        )
        self._parts.gate.integration_id = furnish(account).id
        account.send_delivery = courier.send
        account.send_mail = self._parts.mailer.send
        self._front = Front(
            _flask(self._parts),
            faults,
            self._parts.log,
            prefixes=("/api/", "/oauth/tokens"),
            answer=fault_answers.answer,
            rewrite=lambda path: path.removesuffix(".json"),
        )

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The application to serve."""
        return self._front

    def start(self, base_url: str) -> None:
        """Learn the address and start sending webhooks and mails."""
        self._parts.account.base_url = base_url.rstrip("/")
        self._parts.start()

    def load(self, world: SampleWorld) -> None:
        """Add the sample's groups, agents, customers and tickets; no rule runs and no webhook is sent."""
        with self._parts.account.lock:
            Loader(self._parts.account).load(world)

    def access(self) -> SimulatorAccess:
        """The integration's own admin user with an API token, and the sample's fields once it is loaded."""
        account, gate = self._parts.account, self._parts.gate
        category = next((field.id for field in account.ticket_fields if field.title == "Category"), None)
        sample = {"category_field": str(category), "segment1_field": "user:location", "segment2_field": "user:function"}
        return SimulatorAccess(
            settings={
                "subdomain": account.subdomain,
                "base_url": account.base_url,
                "email": str(gate.integration.email),
                "auth": "api_token",
                **(sample if category is not None else {}),
            },
            secrets={"api_token": gate.api_token},
        )

    def oauth_client(self) -> Client:
        """The registered OAuth client, for the code, refresh and client-credentials grants."""
        return self._parts.oauth.client

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Install the sidebar app; ValueError when the vendor's validator would refuse it."""
        with self._parts.account.lock:
            self._parts.apps.install(package, settings)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no delivery is due or under way; False when that takes longer."""
        return self._parts.dispatcher.wait_idle(seconds)

    def close(self) -> None:
        """Stop background work."""
        self._parts.close()


def _flask(parts: Parts) -> Flask:
    flask = Flask("deskpulse_zendesk.simulator", static_folder=None, template_folder="templates")
    api = Api(flask, parts.account, parts.limits, parts.gate)
    api.seen = parts.log.asked_by
    tickets.add_routes(api)
    users.add_routes(api)
    groups.add_routes(api)
    fields.add_routes(api)
    rules.add_routes(api)
    webhooks.add_routes(api, parts.courier)
    incremental.add_routes(api)
    search.add_routes(api)
    jobs.add_routes(api)
    apps.add_routes(api, parts.apps)
    answer_unknown(flask)
    flask.register_error_handler(ApiError, error_response)
    flask.register_blueprint(oauth_pages.blueprint(parts))
    desk = Desk(parts)
    control = Control(parts, desk)
    control.add("POST", "/oauth/expire", desk.expire)
    flask.register_blueprint(control.pages)
    flask.register_blueprint(app_frames.blueprint(parts))
    flask.register_blueprint(agent_screen.blueprint(parts))
    flask.register_blueprint(static_files(app_frames.STATIC))
    return flask
