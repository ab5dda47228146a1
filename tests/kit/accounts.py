"""Every helpdesk that can be connected, each with its simulator on loopback, driven by what its kind declares."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeGuard

import requests

from deskpulse.hub import GROUP
from deskpulse.kinds import Kind
from deskpulse.plugin_api import Registry
from deskpulse.simulation import SampleWorld, Simulator
from deskpulse.testing.conformance import HelpdeskConformance
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.serving import serve
from fixtures.repository import HOUSE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    Around = Callable[[WSGIApplication], WSGIApplication]


@dataclass(frozen=True)
class Helpdesk:
    """A plug-in, and where it is held to the conformance suite."""

    point: EntryPoint
    tests: Path

    @property
    def plugin(self) -> ModuleType:
        module: ModuleType = self.point.load()
        return module

    @property
    def kind(self) -> Kind:
        registry = Registry()
        self.plugin.deskpulse_register(registry)
        (kind,) = registry.kinds()
        return kind

    @property
    def suite(self) -> type[HelpdeskConformance]:
        """What the vendor's own tests say about its pages and its ways."""
        spec = importlib.util.spec_from_file_location(f"conformance_of_{self.point.name}", self.tests)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        suites = [one for one in vars(module).values() if inspect.isclass(one) and _is_suite(one)]
        assert suites, f"{self.point.name} has no conformance test"
        return suites[0]


@dataclass(frozen=True)
class Account:
    """One account at a helpdesk, as its administrator sees it."""

    kind: Kind
    url: str
    simulator: Simulator

    @property
    def settings(self) -> dict[str, str]:
        return dict(self.simulator.access().settings)

    @property
    def secrets(self) -> dict[str, str]:
        return dict(self.simulator.access().secrets)

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Watch the account, or make it behave."""
        answer = requests.request(method, f"{self.url}/_sim/{path}", json=body, timeout=300)
        answer.raise_for_status()
        return answer.json() if answer.content else None


TESTS = HOUSE / "tests"
EXAMPLE = Helpdesk(
    EntryPoint("fake", "deskpulse.testing.fake_helpdesk.plugin", GROUP),
    TESTS / "core" / "testing" / "test_fake_helpdesk.py",
)
"""The worked example: what every new plug-in begins as."""


def bundled() -> list[Helpdesk]:
    """The helpdesks that come with DeskPulse and bring a simulator; a new one joins with its entry point."""
    points = [one for one in entry_points(group=GROUP) if one.dist is not None and one.dist.name == "deskpulse"]
    points.sort(key=lambda point: point.name)
    found = [Helpdesk(point, TESTS / "plugins" / point.name / "test_conformance.py") for point in points]
    return [one for one in found if one.kind.simulator is not None]


@contextmanager
def account(kind: Kind, world: SampleWorld = SMALL, around: Around = lambda app: app) -> Iterator[Account]:
    """An account on loopback, with what the world holds; ``around`` may put something between it and the wire."""
    assert kind.simulator is not None
    simulator = kind.simulator()
    simulator.load(world)
    with serve(around(simulator.wsgi_app)) as url:
        simulator.start(url)
        try:
            yield Account(kind, url, simulator)
        finally:
            simulator.close()


def _is_suite(one: type) -> TypeGuard[type[HelpdeskConformance]]:
    return issubclass(one, HelpdeskConformance) and one is not HelpdeskConformance
