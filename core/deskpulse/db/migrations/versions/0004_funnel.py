"""How far each resolution came, for the response funnel, and marks of what has changed since"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId, Moment

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

FUNNEL = ('organisation_id', 'resolved_at', 'group_id', 'channel', 'reason', 'stage', 'resolution_id')
CHANGED = """(OLD.resolution_id IS NOT NULL OR NEW.resolution_id IS NOT NULL) AND (
    OLD.status <> NEW.status OR (OLD.comment = '') <> (NEW.comment = '')
    OR coalesce(OLD.resolution_id, 0) <> coalesce(NEW.resolution_id, 0))"""
FIRST = (
    'INSERT INTO journey_mark (organisation_id, resolution_id) SELECT organisation_id, resolution_id FROM decision',
    'INSERT INTO journey_progress (hit_id) SELECT coalesce(max(id), 0) FROM hit',
)
"""Everything is to be made once; hits so far are judged where the journey is not there yet."""

MARK = 'INSERT INTO journey_mark (organisation_id, resolution_id)'
ON_POSTGRESQL = f"""
CREATE FUNCTION journey_mark_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {MARK} VALUES (NEW.organisation_id, NEW.resolution_id);
  RETURN NULL;
END $$;
CREATE FUNCTION journey_mark_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {MARK} SELECT DISTINCT NEW.organisation_id, one FROM (VALUES (OLD.resolution_id), (NEW.resolution_id)) AS ids (one)
    WHERE one IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION journey_mark_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {MARK} VALUES (OLD.organisation_id, OLD.resolution_id);
  RETURN NULL;
END $$;
CREATE FUNCTION journey_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM journey WHERE resolution_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER decision_made AFTER INSERT ON decision FOR EACH ROW EXECUTE FUNCTION journey_mark_new();
CREATE TRIGGER invite_moved AFTER UPDATE OF state ON invite FOR EACH ROW
  WHEN (NEW.state <> OLD.state AND NEW.state <> 'answered') EXECUTE FUNCTION journey_mark_new();
CREATE TRIGGER invite_removed AFTER DELETE ON invite FOR EACH ROW EXECUTE FUNCTION journey_mark_old();
CREATE TRIGGER answer_moved AFTER UPDATE OF status, comment, resolution_id ON response FOR EACH ROW
  WHEN ({CHANGED}) EXECUTE FUNCTION journey_mark_both();
CREATE TRIGGER answer_removed AFTER DELETE ON response FOR EACH ROW
  WHEN (OLD.resolution_id IS NOT NULL) EXECUTE FUNCTION journey_mark_old();
CREATE TRIGGER resolution_removed AFTER DELETE ON resolution FOR EACH ROW EXECUTE FUNCTION journey_forget();
"""
OFF_POSTGRESQL = """
DROP TRIGGER decision_made ON decision;
DROP TRIGGER invite_moved ON invite;
DROP TRIGGER invite_removed ON invite;
DROP TRIGGER answer_moved ON response;
DROP TRIGGER answer_removed ON response;
DROP TRIGGER resolution_removed ON resolution;
DROP FUNCTION journey_mark_new();
DROP FUNCTION journey_mark_both();
DROP FUNCTION journey_mark_old();
DROP FUNCTION journey_forget();
"""
ON_SQLITE = {
    'decision_made': f'AFTER INSERT ON decision BEGIN {MARK} VALUES (NEW.organisation_id, NEW.resolution_id); END',
    'invite_moved': f"""AFTER UPDATE OF state ON invite WHEN NEW.state <> OLD.state AND NEW.state <> 'answered' BEGIN
      {MARK} VALUES (NEW.organisation_id, NEW.resolution_id);
    END""",
    'invite_removed': f'AFTER DELETE ON invite BEGIN {MARK} VALUES (OLD.organisation_id, OLD.resolution_id); END',
    'answer_moved': f"""AFTER UPDATE OF status, comment, resolution_id ON response WHEN {CHANGED} BEGIN
      {MARK} SELECT NEW.organisation_id, OLD.resolution_id WHERE OLD.resolution_id IS NOT NULL;
      {MARK} SELECT NEW.organisation_id, NEW.resolution_id WHERE NEW.resolution_id IS NOT NULL;
    END""",
    'answer_removed': f"""AFTER DELETE ON response WHEN OLD.resolution_id IS NOT NULL BEGIN
      {MARK} VALUES (OLD.organisation_id, OLD.resolution_id);
    END""",
    'resolution_removed': 'AFTER DELETE ON resolution BEGIN DELETE FROM journey WHERE resolution_id = OLD.id; END',
}


def upgrade() -> None:
    connection = op.get_bind()
    op.create_table(
        'journey',
        sa.Column('resolution_id', BigId, autoincrement=False, nullable=False),
        sa.Column('organisation_id', BigId, nullable=False),
        sa.Column('resolved_at', Moment(timezone=True), nullable=False),
        sa.Column('group_id', BigId, nullable=False),
        sa.Column('channel', sa.String(), nullable=False),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('stage', sa.SmallInteger(), nullable=False),
        sa.Column('look', sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint('resolution_id', name=op.f('pk_journey')),
    )
    op.create_index('ix_journey_funnel', 'journey', list(FUNNEL), unique=False)
    op.create_table(
        'journey_mark',
        sa.Column('id', BigId, nullable=False),
        sa.Column('organisation_id', BigId, nullable=False),
        sa.Column('resolution_id', BigId, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_journey_mark')),
    )
    index = op.f('ix_journey_mark_organisation_id_resolution_id')
    op.create_index(index, 'journey_mark', ['organisation_id', 'resolution_id'], unique=False)
    op.create_table(
        'journey_progress',
        sa.Column('hit_id', BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint('hit_id', name=op.f('pk_journey_progress')),
    )
    for statement in FIRST:
        connection.exec_driver_sql(statement)
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(ON_POSTGRESQL)
    else:
        for name, trigger in ON_SQLITE.items():
            connection.exec_driver_sql(f'CREATE TRIGGER {name} {trigger}')


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(OFF_POSTGRESQL)
    else:
        for name in ON_SQLITE:
            connection.exec_driver_sql(f'DROP TRIGGER {name}')
    for table in ('journey_progress', 'journey_mark', 'journey'):
        op.drop_table(table)
