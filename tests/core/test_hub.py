"""The hub: loading, addressing, isolation."""

from __future__ import annotations

import types
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from deskpulse.errors import ConfigurationError, Unreachable
from deskpulse.http import HttpClient
from deskpulse.hub import GROUP, Hub
from deskpulse.inbound.schemes import SharedSecret
from deskpulse.kinds import Kind, Registry
from deskpulse.plugin_api import TicketRef, Verdict, hookimpl
from deskpulse.testing.clocks import SteppedTime
from deskpulse.testing.factories import make_connection, make_history, make_ticket


class Vendor:
    """A plug-in of one kind that links to tickets and has an opinion on invitations."""

    def __init__(self, name: str) -> None:
        self.name = name

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        registry.add_kind(Kind(self.name, self.name.title(), {"type": "object"}, {}, SharedSecret("X-Token")))

    @hookimpl
    def deskpulse_ticket_url(self, ticket: TicketRef) -> str:
        return f"{self.name}:{ticket.id}"

    @hookimpl
    def deskpulse_should_invite(self) -> Verdict:
        return Verdict(True, self.name)


class Policy:
    """A plug-in without a helpdesk of its own."""

    def __init__(self, verdict: Verdict | None = None) -> None:
        self.verdict = verdict

    @hookimpl
    def deskpulse_should_invite(self) -> Verdict | None:
        return self.verdict

    @hookimpl
    def deskpulse_ticket_url(self) -> str:
        return "policy"


class Listener:
    """Hears of closed tickets, and may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[str] = []
        self.error = error

    @hookimpl
    def deskpulse_ticket_closed(self, connection_key: str) -> None:
        self.heard.append(connection_key)
        if self.error:
            raise self.error


class Defaults:
    """Core's own last word."""

    @hookimpl(trylast=True)
    def deskpulse_should_invite(self) -> Verdict:
        return Verdict(False, "core")


def module(**hooks: Callable[..., Any]) -> types.ModuleType:
    """A plug-in made of functions, as an entry point names it."""
    made = types.ModuleType("outsider")
    for name, function in hooks.items():
        function.__name__ = f"deskpulse_{name}"
        setattr(made, function.__name__, hookimpl(function))
    return made


def reason(hub: Hub, kind: str) -> str:
    """Who decides about invitations for a connection of that kind."""
    verdict: Verdict = hub.ask(make_connection(kind), "deskpulse_should_invite", history=make_history())
    return verdict.reason


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.register(Vendor("red"), "red")
    hub.register(Vendor("blue"), "blue")
    return hub


@pytest.mark.parametrize("kind", ["red", "blue"])
def test_only_the_owner_of_the_kind_is_asked(hub: Hub, kind: str) -> None:
    hub.register(Policy(), "policy")
    assert hub.ask(make_connection(kind), "deskpulse_ticket_url", ticket=TicketRef("7")) == f"{kind}:7"


def test_nobody_answers_for_an_unknown_kind(hub: Hub) -> None:
    hub.register(Policy(), "policy")
    assert hub.ask(make_connection("green"), "deskpulse_ticket_url", ticket=TicketRef("7")) is None
    with pytest.raises(ConfigurationError, match=r"'green'.*blue, red"):
        hub.kind("green")


def test_defaults_come_last_whenever_they_are_registered(hub: Hub) -> None:
    hub.register_defaults(Defaults())
    assert reason(hub, "red") == "red"
    assert reason(hub, "green") == "core"
    hub.register_defaults(Defaults())
    assert reason(hub, "red") == "red"


def test_policies_are_asked_where_that_is_open_to_them(hub: Hub) -> None:
    hub.register_defaults(Defaults())
    hub.register(Policy(Verdict(False, "policy")), "policy")
    assert reason(hub, "red") == "policy"
    assert reason(hub, "green") == "policy"


def test_silent_policy_leaves_it_to_the_next(hub: Hub) -> None:
    hub.register_defaults(Defaults())
    hub.register(Policy(None), "policy")
    assert reason(hub, "blue") == "blue"


def test_plugin_loaded_later_is_asked_too(hub: Hub) -> None:
    assert reason(hub, "red") == "red"
    hub.register(Policy(Verdict(False, "policy")), "policy")
    assert reason(hub, "red") == "policy"


def test_errors_of_the_asked_reach_the_asker() -> None:
    def find_ticket(connection: Any, key: str) -> None:
        raise Unreachable(key)

    def register(registry: Registry) -> None:
        Vendor("red").deskpulse_register(registry)

    hub = Hub()
    hub.register(module(register=register, find_ticket=find_ticket), "red")
    with pytest.raises(Unreachable):
        hub.ask(make_connection("red"), "deskpulse_find_ticket", key="7")


def test_asking_keeps_to_the_time_limit() -> None:
    clock, left = SteppedTime(), []

    def check_connection(connection: Any) -> None:
        clock.sleep(2.0)
        with pytest.raises(Unreachable):
            connection.http.request("GET", "http://127.0.0.1:1")
        left.append(len(clock.slept))

    def register(registry: Registry) -> None:
        Vendor("red").deskpulse_register(registry)

    hub = Hub(time_limits={"deskpulse_check_connection": 1.0})
    hub.register(module(register=register, check_connection=check_connection), "red")
    http = HttpClient(sleep=clock.sleep, monotonic=clock.monotonic)
    assert hub.ask(make_connection("red", http=http), "deskpulse_check_connection") is None
    assert left == [1], "nothing is tried again when time is over"


def test_everybody_is_told_though_one_fails(hub: Hub) -> None:
    before, failing, after = Listener(), Listener(ValueError("broken")), Listener()
    for name, listener in {"before": before, "failing": failing, "after": after}.items():
        hub.register(listener, name)
    facts = {"organisation_code": "northwind", "connection_key": "c", "ticket": make_ticket()}
    failed = hub.tell("deskpulse_ticket_closed", **facts)
    assert [listener.heard for listener in (before, failing, after)] == [["c"]] * 3
    assert list(failed) == ["failing"]
    assert isinstance(failed["failing"], ValueError)


def test_misspelt_hook_is_refused(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="find_tickets"):
        hub.register(module(find_tickets=lambda key: None), "outsider")
    assert "outsider" not in hub.names()


def test_unknown_argument_is_refused(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="outsider"):
        hub.register(module(find_ticket=lambda number: None), "outsider")


def test_argument_with_a_default_is_refused_and_leaves_no_kind_behind(hub: Hub) -> None:
    def register(registry: Registry) -> None:
        Vendor("green").deskpulse_register(registry)

    with pytest.raises(ConfigurationError, match="default"):
        hub.register(module(register=register, find_ticket=lambda connection, key="7": None), "outsider")
    assert "outsider" not in hub.names()
    assert [kind.name for kind in hub.kinds()] == ["blue", "red"]


def test_taken_kind_is_refused(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="registered twice"):
        hub.register(Vendor("red"), "usurper")
    assert hub.ask(make_connection("red"), "deskpulse_ticket_url", ticket=TicketRef("7")) == "red:7"


def test_taken_name_is_refused_and_the_first_stays(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        hub.register(Vendor("green"), "red")
    assert hub.ask(make_connection("red"), "deskpulse_ticket_url", ticket=TicketRef("7")) == "red:7"


def test_hubs_share_nothing(hub: Hub) -> None:
    assert Hub().kinds() == ()
    assert [kind.name for kind in hub.kinds()] == ["blue", "red"]


class BrokenPoint(EntryPoint):
    """An entry point whose plug-in cannot be imported, perhaps one of our own."""

    def load(self) -> Any:
        raise ImportError("no module named teapot")


def test_third_party_that_does_not_load_is_blocked_and_reported() -> None:
    good = EntryPoint("fake", "deskpulse.testing.fake_helpdesk.plugin", GROUP)
    hub = Hub.load(found=[BrokenPoint("broken", "teapot", GROUP), good])
    assert hub.blocked == {"broken": "ImportError: no module named teapot"}
    assert list(hub.names()) == ["fake"]


def test_bundled_plugin_that_does_not_load_stops_the_start() -> None:
    point = BrokenPoint("broken", "teapot", GROUP)
    vars(point)["dist"] = types.SimpleNamespace(name="deskpulse")
    with pytest.raises(ConfigurationError, match=r"'broken'.*teapot"):
        Hub.load(found=[point])


def test_disabled_plugin_is_not_loaded() -> None:
    hub = Hub.load(found=[BrokenPoint("broken", "teapot", GROUP)], disabled=["broken"])
    assert hub.blocked == {"broken": "disabled by the settings"}


def test_installed_plugins_load() -> None:
    hub = Hub.load()
    assert hub.blocked == {}
    assert {kind.name for kind in hub.kinds()} == set(hub.names())


def test_kind_knows_its_secrets() -> None:
    schema = {"properties": {"token": {"type": "string", "secret": True}, "url": {"type": "string"}}}
    kind = Kind("red", "Red", schema, {}, SharedSecret("X-Token"))
    assert kind.secret_fields() == {"token"}
