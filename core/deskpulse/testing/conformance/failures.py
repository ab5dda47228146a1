"""A helpdesk that is down, slow, busy or suspicious: the right error, and no secret in anything that is said."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deskpulse.capabilities import Capability
from deskpulse.errors import AuthExpired, HelpdeskError, RateLimited, Retry, Unreachable
from deskpulse.records import ProvisionPlan
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import INLET, Bench
from deskpulse.testing.conformance.samples import CREATED, PRINTER, many_groups, many_solved
from deskpulse.testing.conformance.wire import Fault
from deskpulse.testing.factories import make_result
from deskpulse.testing.serving import serve

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAUSE = 7
ASKED: Mapping[str, Capability] = {
    "provision": Capability.PROVISION,
    "find_ticket": Capability.FIND_TICKET,
    "find_agent": Capability.FIND_AGENT,
    "find_customer": Capability.FIND_CUSTOMER,
    "sync_groups": Capability.SYNC_GROUPS,
    "closed_since": Capability.RECONCILE,
    "write_back": Capability.WRITE_BACK_TICKET,
}
"""The hooks that reach the helpdesk and must let its errors through."""
FAULTS: Mapping[str, tuple[Fault, type[HelpdeskError]]] = {
    "401": (Fault(401), AuthExpired),
    "429": (Fault(429, retry_after=PAUSE), RateLimited),
    "500": (Fault(500), Unreachable),
    "502": (Fault(502), Unreachable),
    "503": (Fault(503), Unreachable),
    "cut": (Fault(cut=True), Unreachable),
}


class Elsewhere:
    """A host that should never be asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Note the call."""
        self.asked.append(str(environ["PATH_INFO"]))
        start_response("404 Not Found", [("Content-Type", "application/json")])
        return [b"{}"]


class Failures(Conformance):
    """Every hook that reaches the helpdesk, with everything that can go wrong on the way."""

    def arguments(self, bench: Bench, hook: str) -> dict[str, Any]:
        """Arguments that work as long as the helpdesk does."""
        ticket = bench.ticket(PRINTER)
        assert ticket.agent is not None
        assert ticket.customer is not None
        every: dict[str, dict[str, Any]] = {
            "provision": {"plan": ProvisionPlan(bench.inlet_url + INLET)},
            "find_ticket": {"key": ticket.ref.id},
            "find_agent": {"key": ticket.agent.id},
            "find_customer": {"key": ticket.customer.id},
            "sync_groups": {"since": None},
            "closed_since": {"cursor": CREATED.isoformat()},
            "write_back": {"ticket": ticket.ref, "result": make_result(customer_id=ticket.customer.id)},
        }
        return every[hook]

    def error(self, bench: Bench, hook: str, fault: Fault, arguments: dict[str, Any]) -> HelpdeskError:
        """What the hook raises under a fault, with everything that it gives drained."""
        bench.wire.fault = replace(fault)
        with pytest.raises(HelpdeskError) as caught:
            exhaust(bench.ask(hook, **arguments))
        return caught.value

    @pytest.mark.parametrize("fault", FAULTS)
    @pytest.mark.parametrize("hook", ASKED)
    def test_fault_becomes_the_right_error(
        self, bench: Bench, hook: str, fault: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        arguments = self.arguments(bench, hook)
        if not bench.can(ASKED[hook], hook, **arguments):
            return
        broken, expected = FAULTS[fault]
        with caplog.at_level(logging.DEBUG):
            error = self.error(bench, hook, broken, arguments)
        assert isinstance(error, expected), f"{hook} raised {error!r}"
        if isinstance(error, RateLimited):
            assert 0 < error.retry_after <= PAUSE
        said = [*told_by(error), caplog.text, *capfd.readouterr()]
        leaked = [secret for secret in bench.own_secrets() if any(secret in text for text in said)]
        assert not leaked, "a secret is in an error or a log record"

    def test_slow_helpdesk_is_unreachable(self, bench: Bench) -> None:
        arguments = self.arguments(bench, "find_ticket")
        bench.hurry()
        error = self.error(bench, "find_ticket", Fault(hang=True), arguments)
        assert isinstance(error, Unreachable)

    def test_helpdesk_that_is_down_is_unreachable(self, bench: Bench) -> None:
        arguments = self.arguments(bench, "find_ticket")
        bench.stop_serving()
        error = self.error(bench, "find_ticket", Fault(), arguments)
        assert isinstance(error, Unreachable)

    def test_short_pause_is_waited_for_where_there_is_time(self, bench: Bench) -> None:
        if not bench.can(Capability.SYNC_GROUPS, "sync_groups", since=None):
            return
        bench.wire.fault = Fault(429, retry_after=PAUSE, times=1)
        assert list(bench.ask("sync_groups", since=None)), "a synchronisation must outlast a short pause"
        assert sum(bench.time.slept) >= PAUSE, "the pause was not kept"

    def test_works_again_when_the_fault_is_over(self, bench: Bench) -> None:
        arguments = self.arguments(bench, "find_ticket")
        self.error(bench, "find_ticket", Fault(503), arguments)
        bench.wire.forget()
        assert bench.ask("find_ticket", **arguments)

    @pytest.mark.parametrize("hook", ASKED)
    def test_credentials_follow_no_redirect(self, bench: Bench, hook: str) -> None:
        arguments = self.arguments(bench, hook)
        if not bench.can(ASKED[hook], hook, **arguments):
            return
        elsewhere = Elsewhere()
        with serve(elsewhere) as url:
            error = self.error(bench, hook, Fault(302, location=f"{url}/stolen"), arguments)
        assert not elsewhere.asked, "credentials went to another host"
        assert error.retry is not Retry.LATER, "asking again would lead to the same place"

    @pytest.mark.parametrize("hook", ["sync_groups", "closed_since"])
    def test_credentials_follow_no_link_in_an_answer(self, bench: Bench, hook: str) -> None:
        arguments = self.arguments(bench, hook)
        if not bench.can(ASKED[hook], hook, **arguments):
            return
        bench.simulator.load(many_groups(self.page_size + 1))
        bench.simulator.load(many_solved(self.page_size + 1))
        elsewhere = Elsewhere()
        with serve(elsewhere) as url, suppress(HelpdeskError):
            bench.wire.replace_in_answers(bench.url, url)
            exhaust(bench.ask(hook, **arguments))
        assert not elsewhere.asked, "credentials went to another host"

    def test_connection_shows_no_secret(self, bench: Bench) -> None:
        shown = repr(bench.connection) + str(bench.connection)
        assert not any(secret in shown for secret in bench.own_secrets())


def exhaust(answer: Any) -> None:
    """Take everything that an answer streams."""
    if isinstance(answer, Iterator):
        list(answer)


def told_by(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and its causes would tell whoever logs them."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
