"""One demo for all journeys, another for those that change an organisation's preferences, and people with browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from journeys.running import Demo, Person, start


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pictures are only made when asked for: ``-m screenshots``."""
    if "screenshots" in config.option.markexpr:
        return
    pictures = [item for item in items if item.get_closest_marker("screenshots")]
    if pictures:
        config.hook.pytest_deselected(items=pictures)
        items[:] = [item for item in items if item not in pictures]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """``deskpulse demo`` with its sample organisation, as a process of its own on real HTTP and SMTP."""
    process, running = start(tmp_path_factory.mktemp("demo"))
    yield running
    running.portal.close()
    process.stop()


@pytest.fixture(scope="session")
def empty_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A second demo without any tickets, for tests that change preferences or the helpdesk's set-up."""
    process, running = start(tmp_path_factory.mktemp("empty-demo"), "--empty")
    yield running
    running.portal.close()
    process.stop()


@pytest.fixture
def person() -> Iterator[Callable[[], Person]]:
    """``person()`` is someone new, with a browser and cookies of their own."""
    met: list[Person] = []

    def meet() -> Person:
        met.append(Person())
        return met[-1]

    yield meet
    for one in met:
        one.session.close()
