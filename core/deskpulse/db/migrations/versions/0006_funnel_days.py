"""How many resolutions came how far, by day; one that is removed leaves a mark, to be taken out of these counts"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

TABLES = {
    'journey_day': ('organisation_id', 'day', 'channel', 'reason', 'stage'),
    'journey_stage_day': ('organisation_id', 'group_id', 'day', 'stage'),
    'journey_group_day': ('organisation_id', 'group_id', 'day', 'channel', 'reason', 'stage'),
}
TYPES = {
    'organisation_id': BigId, 'group_id': BigId, 'day': sa.Date(), 'channel': sa.String(), 'reason': sa.String(),
    'stage': sa.SmallInteger(),
}
MARK = 'INSERT INTO journey_mark (organisation_id, resolution_id) VALUES (OLD.organisation_id, OLD.id)'
FORGET = 'DELETE FROM journey WHERE resolution_id = OLD.id'
REMOVED = 'CREATE TRIGGER resolution_removed AFTER DELETE ON resolution'
GONE = """DELETE FROM journey WHERE resolution_id IN (SELECT resolution_id FROM journey_mark)
    AND resolution_id NOT IN (SELECT id FROM resolution)"""
"""Marked journeys whose resolution was removed: before this revision nobody else would."""


def upgrade() -> None:
    for name, keys in TABLES.items():
        op.create_table(
            name,
            *(sa.Column(key, TYPES[key], autoincrement=False, nullable=False) for key in keys),
            sa.Column('number', sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f'pk_{name}')),
        )
        if 'group_id' in keys:
            op.create_index(op.f(f'ix_{name}_organisation_id_day'), name, ['organisation_id', 'day'], unique=False)
    op.create_table(
        'journey_zone',
        sa.Column('organisation_id', BigId, autoincrement=False, nullable=False),
        sa.Column('time_zone', sa.String(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_journey_zone')),
    )
    _once_removed('journey_forget', 'journey_mark_gone', MARK)


def downgrade() -> None:
    _once_removed('journey_mark_gone', 'journey_forget', FORGET)
    op.execute(GONE)
    for name in ('journey_zone', *reversed(TABLES)):
        op.drop_table(name)


def _once_removed(function: str, other: str, what: str) -> None:
    """Let the trigger on a removed resolution do something else; on PostgreSQL by another function."""
    connection = op.get_bind()
    connection.exec_driver_sql(
        'DROP TRIGGER resolution_removed' + (' ON resolution' if connection.dialect.name == 'postgresql' else '')
    )
    if connection.dialect.name != 'postgresql':
        connection.exec_driver_sql(f'{REMOVED} BEGIN {what}; END')
        return
    body = f'CREATE FUNCTION {other}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$'
    connection.exec_driver_sql(f'DROP FUNCTION {function}()')
    connection.exec_driver_sql(body)
    connection.exec_driver_sql(f'{REMOVED} FOR EACH ROW EXECUTE FUNCTION {other}()')
