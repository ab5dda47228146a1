"""The simulator put together: one account, its API, its agent screen and its background work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response

from deskpulse.simulation import SampleWorld, SimulatorAccess
from deskpulse_freshdesk.simulator import (
    agent_screen,
    app_frames,
    automations,
    contacts,
    conversations,
    fields,
    groups,
    search,
    tickets,
)
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import Api, answer_unknown, error_response, json_response
from deskpulse_freshdesk.simulator.apps import Apps
from deskpulse_freshdesk.simulator.desk import Desk
from deskpulse_freshdesk.simulator.errors import (
    ApiError,
    access_denied,
    internal_error,
    invalid,
    too_many,
    unauthenticated,
)
from deskpulse_freshdesk.simulator.ids import Ids
from deskpulse_freshdesk.simulator.limits import Limits
from deskpulse_freshdesk.simulator.loading import Loader, furnish
from deskpulse_freshdesk.simulator.records import WebhookDelivery
from deskpulse_freshdesk.simulator.webhooks import LATE, Courier, RetryTimes
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.control import Control
from deskpulse_simulation.delivery import Dispatcher
from deskpulse_simulation.faults import Faults, RequestFault
from deskpulse_simulation.front import Front, RequestLog
from deskpulse_simulation.mailer import Mailer
from deskpulse_simulation.parts import Parts
from deskpulse_simulation.records import Mail

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

API_PREFIX = "/api/"


class FreshdeskSimulator:
    """One Freshdesk account in this process; several may run side by side.

    The same ``seed`` gives the same ids and keys. ``clock`` replaces the machine's time, and ``smtp_url``
    (``smtp://host:port``) is where mails of replies and rules really go.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
        smtp_url: str | None = None,
    ) -> None:
        account = Account(Clock(clock), Ids(seed))
        faults, log, limits = Faults((LATE,)), RequestLog(account.clock), Limits(account)
        courier = Courier(account, limits, faults)
        dispatcher: Dispatcher[WebhookDelivery] = Dispatcher(
            courier, account.clock, account.lock, faults, seed=seed, timings=RetryTimes()
        )
        courier.dispatcher = dispatcher
        mailer = Mailer(smtp_url, f"{account.name} <support@{account.domain}.freshdesk.com>", _mail_headers)
        account.send_webhook, account.send_mail = dispatcher.send, mailer.send
        furnish(account)
        self._account = account
        self._apps = Apps(account)
        self._parts = Parts(
            account.lock,
            account.clock,
            faults,
            log,
            limits.windows,
            dispatcher,
            mailer,
            switches=account.switches,
            rates=limits.rates,
        )
        flask = _flask(account, self._parts, limits, self._apps)
        self._front = Front(flask, faults, log, prefixes=(API_PREFIX,), answer=self._answer_fault)

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The application to serve."""
        return self._front

    def start(self, base_url: str) -> None:
        """Learn the address and start sending webhooks and mails."""
        self._account.base_url = base_url.rstrip("/")
        self._parts.start()

    def load(self, world: SampleWorld) -> None:
        """Add the sample's groups, agents, customers and tickets; no rule runs and no webhook is sent."""
        with self._account.lock:
            Loader(self._account).load(world)

    def access(self) -> SimulatorAccess:
        """The integration's own administrator by its API key, and the sample's fields once it is loaded."""
        account = self._account
        sample: dict[str, str] = {}
        if any(one.name == "cf_category" for one in account.ticket_fields):
            sample["category_field"] = "cf_category"
        names = {one.name for one in account.contact_fields}
        for setting, name in (("segment1_field", "location"), ("segment2_field", "function")):
            if name in names:
                sample[setting] = f"contact:{name}"
        return SimulatorAccess(
            settings={"domain": account.domain, "base_url": account.base_url, **sample},
            secrets={"api_key": account.api_key(account.integration)},
        )

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Install the sidebar app; ValueError when the documented rules refuse it."""
        with self._account.lock:
            self._apps.install(package, settings)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no delivery is due or under way; False when that takes longer."""
        return self._parts.dispatcher.wait_idle(seconds)

    def close(self) -> None:
        """Stop background work."""
        self._parts.close()

    def _answer_fault(self, fault: RequestFault) -> Response:
        """What the vendor answers when this goes wrong."""
        status = fault.status or 500
        broken = {
            "field": "id",
            "message": "as asked",
            "code": "invalid_value" if status == 400 else "inconsistent_state",
        }
        errors = {
            400: invalid(broken),
            401: unauthenticated(),
            403: access_denied(),
            404: ApiError(404),
            409: invalid(broken, status=409),
            500: internal_error(),
        }
        if status == 429:
            return error_response(too_many(int(fault.retry_after or 60)), self._account)
        wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        if status in errors:
            return error_response(errors[status], self._account)
        if status > 500:
            page = Response(f"<html><body><h1>{status}</h1></body></html>", status, wait)
            page.content_type = "text/html; charset=utf-8"
            return page
        return json_response({"code": "injected_fault", "message": "as asked"}, status, wait, self._account)


def _mail_headers(mail: Mail) -> Mapping[str, str]:
    return {"X-Freshdesk-Ticket-Id": str(mail.ticket_id)}


def _flask(account: Account, parts: Parts, limits: Limits, apps: Apps) -> Flask:
    flask = Flask("deskpulse_freshdesk.simulator", static_folder=None, template_folder="templates")
    flask.url_map.merge_slashes = False
    api = Api(flask, account, limits, parts.log)
    tickets.add_routes(api)
    conversations.add_routes(api)
    contacts.add_routes(api)
    groups.add_routes(api)
    fields.add_routes(api, account)
    automations.add_routes(api)
    search.add_routes(api)
    answer_unknown(flask, account)
    desk = Desk(account)
    control = Control(parts, desk)
    desk.add_to(control)
    app_frames.add_to(control, apps)
    flask.register_error_handler(ApiError, lambda error: error_response(error, account))
    flask.register_blueprint(control.pages)
    flask.register_blueprint(app_frames.blueprint(account, apps))
    for pages in agent_screen.blueprints(account, apps):
        flask.register_blueprint(pages)
    return flask
