import time, statistics
from datetime import timedelta
import pytest
from sqlalchemy import text
from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.reports import pivots, roll_ups
from deskpulse.reports.dimensions import HOUR, PRIORITY, field
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.periods import Period
from bench import mass

@pytest.mark.timeout(1500)
def test_measure(postgresql, tmp_path):
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=postgresql), Hub(), now=lambda: mass.NOW)
    t=time.time()
    made = mass.fill(desk, 600_000)
    print("filled", time.time()-t)
    roll_ups.fold_all(desk)
    with desk.db.write() as s: s.execute(text("ANALYZE"))
    with desk.db.read() as s:
        print(s.execute(text("select fields, count(*) from response group by 1 limit 5")).all())
        name = next(iter(s.execute(text("select jsonb_object_keys(fields) from response limit 1")).scalars()), None)
    print("field", name)
    dim = field(name) if name else PRIORITY
    today = mass.NOW.date()
    scope = Scope(made.organisation.id, Period(today - timedelta(days=364), today))
    hand = text("""SELECT coalesce(fields->>:f,''), hour, count(*) FILTER (WHERE score>=9), count(*) FILTER (WHERE score BETWEEN 7 AND 8), count(*) FILTER (WHERE score<=6)
      FROM response WHERE organisation_id=:o AND day BETWEEN :a AND :b AND status='counted' AND current GROUP BY 1,2""")
    v = dict(f=name, o=scope.organisation_id, a=scope.period.first, b=scope.period.last)
    def ours():
        with desk.db.read() as s: return tally(s, scope, dim, HOUR)
    def plain():
        with desk.db.read() as s: return s.execute(hand, v).all()
    def timed(f, n=7):
        out=[]
        for _ in range(n):
            t=time.perf_counter(); f(); out.append((time.perf_counter()-t)*1000)
        return statistics.median(out)
    r=[(timed(ours,1), timed(plain,1)) for _ in range(7)]
    print("first: ours, hand", [statistics.median(x) for x in zip(*r)])
    p = pivots.asked(desk, scope, dim, HOUR)
    t=time.time(); pivots.make(desk, p.id); print("made in", time.time()-t)
    p = pivots.asked(desk, scope, dim, HOUR); print("kept", p.kept_at, p.refused_at, p.rows)
    import duckdb
    con = duckdb.connect()
    with desk.db.read() as s:
        rows = s.execute(text("select coalesce(fields->>:f,''), hour, score, day from response where organisation_id=:o and status='counted' and current"), v).all()
    con.execute("create table r(product varchar, hour smallint, score smallint, day date)")
    import tempfile, csv
    path=str(tmp_path/'r.csv')
    with open(path,'w') as f: csv.writer(f).writerows(rows)
    con.execute(f"insert into r select * from read_csv('{path}', header=false, columns={{'a':'varchar','b':'smallint','c':'smallint','d':'date'}})")
    def duck():
        return con.execute("select product, hour, count(*) filter (where score>=9), count(*) filter (where score between 7 and 8), count(*) filter(where score<=6) from r where day between ? and ? group by 1,2",[v['a'],v['b']]).fetchall()
    r=[(timed(ours,1), timed(duck,1), timed(plain,1)) for _ in range(9)]
    print("again: ours, duckdb, plain", [statistics.median(x) for x in zip(*r)], len(ours()), len(duck()))
    with desk.db.read() as s:
        print("\n".join(r[0] for r in s.execute(text("explain analyze select key1, cast(key2 as smallint), sum(promoters), sum(passives), sum(detractors) from pivot_day where pivot_id=:p and day between :a and :b group by key1, cast(key2 as smallint)"), dict(p=p.id, **{k:v[k] for k in 'ab'}))))
    desk.close()
