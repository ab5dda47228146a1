"""Roll-ups: the day, hour and captured fields of every answer, counts by day, and marks of what is stale"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId, Json, Moment

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

AT_ONCE = 5_000
CAPTURED = (
    ('channel', sa.String()),
    ('priority', sa.String()),
    ('category', sa.String()),
    ('customer_organisation', sa.String()),
    ('reopens', BigId),
    ('reassignments', BigId),
)
ROLL_UPS = {
    'organisation': (),
    'score': (('score', sa.SmallInteger()),),
    'segment': (('segment1', sa.String()), ('segment2', sa.String())),
    'group': (('group_id', BigId),),
    'group_score': (('group_id', BigId), ('score', sa.SmallInteger())),
    'agent': (('group_id', BigId), ('agent_id', BigId)),
}
RESPONSE = sa.table(
    'response',
    sa.column('id', BigId), sa.column('organisation_id', BigId), sa.column('resolution_id', BigId),
    sa.column('answered_at', Moment()), sa.column('day', sa.Date()), sa.column('hour', sa.SmallInteger()),
    *(sa.column(name, type_) for name, type_ in CAPTURED),
    sa.column('minutes_to_resolve', BigId), sa.column('fields', Json),
)
RESOLUTION = sa.table(
    'resolution',
    sa.column('id', BigId), sa.column('opened_at', Moment()), sa.column('resolved_at', Moment()),
    *(sa.column(name, type_) for name, type_ in CAPTURED), sa.column('fields', Json),
)
ORGANISATION = sa.table('organisation', sa.column('id', BigId), sa.column('time_zone', sa.String()))
STALE_DAY = sa.table('stale_day', *(sa.column(name) for name in ('organisation_id', 'day', 'weight')))

MARK = 'organisation_id, day, weight, score, group_id, agent_id, segment1, segment2, commented'
VALUES = (
    '{0}.organisation_id, {0}.day, {1}, {0}.score, {0}.group_id, {0}.agent_id, {0}.segment1, {0}.segment2,'
    " {0}.comment <> ''"
)
COUNTS = "{0}.status = 'counted' AND {0}.current"
MATTERS = (
    'organisation_id', 'status', 'current', 'day', 'hour', 'score', 'group_id', 'agent_id', 'segment1', 'segment2',
    'comment', 'factors', *(name for name, _ in CAPTURED), 'minutes_to_resolve', 'fields',
)
MANY = 100
"""Answers that one statement may change before their days are marked as a whole."""
DIFFERS = {
    'postgresql': f"({', '.join(f'b.{name}' for name in MATTERS)}) IS DISTINCT FROM"
    f" ({', '.join(f'a.{name}' for name in MATTERS)})",
    'sqlite': ' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in MATTERS),
}
ON_POSTGRESQL = f"""
CREATE FUNCTION stale_day_of_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_day ({MARK}) VALUES ({VALUES.format('NEW', 1)});
  RETURN NULL;
END $$;
CREATE FUNCTION stale_days_of_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM (SELECT 1 FROM after LIMIT {MANY + 1}) AS counted) > {MANY} THEN
    INSERT INTO stale_day (organisation_id, day, weight)
      SELECT organisation_id, day, 0 FROM before UNION SELECT organisation_id, day, 0 FROM after;
  ELSE
    INSERT INTO stale_day ({MARK})
      SELECT {VALUES.format('b', -1)} FROM before b JOIN after a USING (id)
        WHERE {COUNTS.format('b')} AND {DIFFERS['postgresql']};
    INSERT INTO stale_day ({MARK})
      SELECT {VALUES.format('a', 1)} FROM before b JOIN after a USING (id)
        WHERE {COUNTS.format('a')} AND {DIFFERS['postgresql']};
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION stale_days_of_removals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO stale_day (organisation_id, day, weight) SELECT DISTINCT organisation_id, day, 0 FROM before;
  RETURN NULL;
END $$;
CREATE TRIGGER response_added AFTER INSERT ON response
  FOR EACH ROW WHEN ({COUNTS.format('NEW')}) EXECUTE FUNCTION stale_day_of_answer();
CREATE TRIGGER response_changed AFTER UPDATE ON response REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION stale_days_of_changes();
CREATE TRIGGER response_removed AFTER DELETE ON response REFERENCING OLD TABLE AS before
  FOR EACH STATEMENT EXECUTE FUNCTION stale_days_of_removals();
"""
OFF_POSTGRESQL = """
DROP TRIGGER response_added ON response;
DROP TRIGGER response_changed ON response;
DROP TRIGGER response_removed ON response;
DROP FUNCTION stale_day_of_answer();
DROP FUNCTION stale_days_of_changes();
DROP FUNCTION stale_days_of_removals();
"""
ON_SQLITE = (
    f"""
    CREATE TRIGGER response_added AFTER INSERT ON response WHEN {COUNTS.format('NEW')} BEGIN
      INSERT INTO stale_day ({MARK}) VALUES ({VALUES.format('NEW', 1)});
    END
    """,
    f"""
    CREATE TRIGGER response_changed AFTER UPDATE ON response WHEN {DIFFERS['sqlite']} BEGIN
      INSERT INTO stale_day ({MARK}) SELECT {VALUES.format('OLD', -1)} WHERE {COUNTS.format('OLD')};
      INSERT INTO stale_day ({MARK}) SELECT {VALUES.format('NEW', 1)} WHERE {COUNTS.format('NEW')};
    END
    """,
    f"""
    CREATE TRIGGER response_removed AFTER DELETE ON response WHEN {COUNTS.format('OLD')} BEGIN
      INSERT INTO stale_day ({MARK}) VALUES ({VALUES.format('OLD', -1)});
    END
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.add_column(sa.Column('day', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('hour', sa.SmallInteger(), nullable=True))
        for name, type_ in CAPTURED:
            batch_op.add_column(sa.Column(name, type_, nullable=True))
        batch_op.add_column(sa.Column('minutes_to_resolve', BigId, nullable=True))
        batch_op.add_column(sa.Column('fields', Json, nullable=True))
    for organisation in connection.execute(sa.select(ORGANISATION)).all():
        fill(connection, organisation.id, ZoneInfo(organisation.time_zone))
    with op.batch_alter_table('response', schema=None) as batch_op:
        batch_op.alter_column('day', existing_type=sa.Date(), nullable=False)
        batch_op.alter_column('hour', existing_type=sa.SmallInteger(), nullable=False)
        batch_op.alter_column('fields', existing_type=Json, nullable=False)
        batch_op.drop_index(batch_op.f('ix_response_organisation_id_answered_at'))
        for columns in (['day', 'answered_at'], ['group_id', 'day', 'answered_at'], ['agent_id', 'day']):
            name = 'ix_response_organisation_id_' + '_'.join(columns)
            batch_op.create_index(batch_op.f(name), ['organisation_id', *columns], unique=False)
    make_tables()
    every = sa.select(RESPONSE.c.organisation_id, RESPONSE.c.day, sa.literal(0)).distinct()
    connection.execute(sa.insert(STALE_DAY).from_select(['organisation_id', 'day', 'weight'], every))
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(ON_POSTGRESQL)
    else:
        for trigger in ON_SQLITE:
            connection.exec_driver_sql(trigger)


def make_tables() -> None:
    for name, dimensions in ROLL_UPS.items():
        columns = [sa.Column(one, type_, autoincrement=False, nullable=False) for one, type_ in dimensions]
        key = ['organisation_id', *(one for one, _ in dimensions[:1]), 'day', *(one for one, _ in dimensions[1:])]
        op.create_table(
            f'rollup_{name}',
            sa.Column('organisation_id', BigId, autoincrement=False, nullable=False),
            sa.Column('day', sa.Date(), nullable=False),
            *columns,
            *(sa.Column(count, sa.Integer(), nullable=False) for count in ('promoters', 'passives', 'detractors')),
            sa.PrimaryKeyConstraint(*key, name=op.f(f'pk_rollup_{name}')),
        )
        if dimensions:
            index = op.f(f'ix_rollup_{name}_organisation_id_day')
            op.create_index(index, f'rollup_{name}', ['organisation_id', 'day'], unique=False)
    op.create_table(
        'stale_day',
        sa.Column('organisation_id', BigId, nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('weight', sa.SmallInteger(), nullable=False),
        sa.Column('score', sa.SmallInteger(), nullable=True),
        sa.Column('group_id', BigId, nullable=True),
        sa.Column('agent_id', BigId, nullable=True),
        sa.Column('segment1', sa.String(), nullable=True),
        sa.Column('segment2', sa.String(), nullable=True),
        sa.Column('commented', sa.Boolean(), nullable=True),
    )
    op.create_index(op.f('ix_stale_day_organisation_id_day'), 'stale_day', ['organisation_id', 'day'], unique=False)


def fill(connection: sa.Connection, organisation_id: int, zone: ZoneInfo) -> None:
    """Give the answers of one organisation what their tickets' resolutions froze, and their day and hour."""
    frozen = (RESOLUTION.c.opened_at, RESOLUTION.c.resolved_at, RESOLUTION.c.fields)
    wanted = (
        sa.select(RESPONSE.c.id, RESPONSE.c.answered_at, *frozen, *(RESOLUTION.c[name] for name, _ in CAPTURED))
        .select_from(RESPONSE.outerjoin(RESOLUTION, RESOLUTION.c.id == RESPONSE.c.resolution_id))
        .where(RESPONSE.c.organisation_id == organisation_id, RESPONSE.c.id > sa.bindparam('after'))
        .order_by(RESPONSE.c.id)
        .limit(AT_ONCE)
    )
    change = sa.update(RESPONSE).where(RESPONSE.c.id == sa.bindparam('this'))
    after = 0
    while rows := connection.execute(wanted, {'after': after}).all():
        connection.execute(change, [values(row, zone) for row in rows])
        after = rows[-1].id


def values(row: sa.Row, zone: ZoneInfo) -> dict:
    local = row.answered_at.astimezone(zone)
    known = row.opened_at is not None and row.opened_at <= row.resolved_at
    return {
        'this': row.id,
        'day': local.date(),
        'hour': local.hour,
        'minutes_to_resolve': (row.resolved_at - row.opened_at) // timedelta(minutes=1) if known else None,
        'fields': row.fields or {},
        **{name: getattr(row, name) for name, _ in CAPTURED},
    }


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(OFF_POSTGRESQL)
    else:
        for name in ('response_added', 'response_changed', 'response_removed'):
            connection.exec_driver_sql(f'DROP TRIGGER {name}')
    op.drop_table('stale_day')
    for name in ROLL_UPS:
        op.drop_table(f'rollup_{name}')
    with op.batch_alter_table('response', schema=None) as batch_op:
        for columns in (['day', 'answered_at'], ['group_id', 'day', 'answered_at'], ['agent_id', 'day']):
            batch_op.drop_index(batch_op.f('ix_response_organisation_id_' + '_'.join(columns)))
        batch_op.create_index(
            batch_op.f('ix_response_organisation_id_answered_at'), ['organisation_id', 'answered_at'], unique=False
        )
        for name in ('day', 'hour', *(name for name, _ in CAPTURED), 'minutes_to_resolve', 'fields'):
            batch_op.drop_column(name)
