import sys, time, importlib.util

spec = importlib.util.spec_from_file_location("bench_test_export_small", "/work/main/tests/bench/test_export.py")
m = importlib.util.module_from_spec(spec)
sys.modules["bench_test_export_small"] = m
spec.loader.exec_module(m)
m.ROUNDS = 5
import pytest


def cpu(act):
    t = time.process_time()
    w = time.perf_counter()
    act()
    print("   cpu %.2f wall %.2f" % (time.process_time() - t, time.perf_counter() - w), flush=True)
    return time.process_time() - t


m._seconds = cpu


def test_pg(postgresql_cluster, tmp_path):
    f = m.fill(tmp_path, postgresql_cluster.url(postgresql_cluster.create()), 100_000)
    m.measure(f, "PostgreSQL, client CPU seconds")
    m.memory(f, tmp_path)


def test_sq(tmp_path):
    f = m.fill(tmp_path, f"sqlite:///{tmp_path / 'export.sqlite3'}", 100_000)
    m.measure(f, "SQLite, CPU seconds")
    m.memory(f, tmp_path)
