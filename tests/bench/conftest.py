"""Databases for benchmarks, made when one first asks for so many answers, and kept for all others of the run."""

from __future__ import annotations

from functools import cache

import pytest

from bench import databases
from bench.databases import Databases, Filled
from fixtures.postgresql import PostgreSQL


@pytest.fixture(scope="session")
def on_postgresql(postgresql_cluster: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Databases with so many answers on PostgreSQL."""

    @cache
    def filled(answers: int) -> Filled:
        url = postgresql_cluster.url(postgresql_cluster.create())
        return databases.fill(tmp_path_factory.mktemp("filling"), url, answers)

    return filled


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """The same on SQLite."""

    @cache
    def filled(answers: int) -> Filled:
        folder = tmp_path_factory.mktemp("filled")
        return databases.fill(folder, f"sqlite:///{folder / 'mass.sqlite3'}", answers)

    return filled
