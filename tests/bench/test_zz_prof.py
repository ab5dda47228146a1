import sys, time, importlib.util, datetime
spec = importlib.util.spec_from_file_location("bench_test_export_small", "/work/main/tests/bench/test_export.py")
m = importlib.util.module_from_spec(spec); sys.modules["bench_test_export_small"]=m; spec.loader.exec_module(m)
from deskpulse.reports import export_rows
m.YEARS = datetime.timedelta(days=70)
def cpu(f):
    t=time.process_time(); f(); return time.process_time()-t
def go(f):
    import gc
    for rnd in range(3):
        out = ["hand %.2f" % cpu(lambda: m._by_hand(f))]
        for b in (100, 250, 500, 2000):
            export_rows.BATCH = b
            out.append("%d: %.2f" % (b, cpu(lambda: m._take(f.product(m.Format.CSV)))))
        gc.disable(); export_rows.BATCH=500
        out.append("nogc 500 %.2f" % cpu(lambda: m._take(f.product(m.Format.CSV)))); gc.enable()
        print(*out, flush=True)
    f.desk.close()
def test_sq(tmp_path):
    go(m.fill(tmp_path, f"sqlite:///{tmp_path / 'export.sqlite3'}", 60_000))
def test_pg(postgresql_cluster, tmp_path):
    go(m.fill(tmp_path, postgresql_cluster.url(postgresql_cluster.create()), 60_000))
