"""Pivots that are kept once asked for; roll-ups by group and both segments, and of answers with comment by agent"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId, Moment

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

ROLL_UPS = {
    'group_segment': (('group_id', BigId), ('segment1', sa.String()), ('segment2', sa.String())),
    'agent_comment': (('group_id', BigId), ('agent_id', BigId), ('commented', sa.String())),
}
COUNTS = ('promoters', 'passives', 'detractors')
RESPONSE = sa.table('response', sa.column('organisation_id', BigId), sa.column('day', sa.Date()))
STALE_DAY = sa.table('stale_day', *(sa.column(name) for name in ('organisation_id', 'day', 'weight')))


def upgrade() -> None:
    for name, ((first, first_type), *others) in ROLL_UPS.items():
        op.create_table(
            f'rollup_{name}',
            sa.Column('organisation_id', BigId, autoincrement=False, nullable=False),
            sa.Column(first, first_type, autoincrement=False, nullable=False),
            sa.Column('day', sa.Date(), nullable=False),
            *(sa.Column(one, type_, autoincrement=False, nullable=False) for one, type_ in others),
            *(sa.Column(count, sa.Integer(), nullable=False) for count in COUNTS),
            sa.PrimaryKeyConstraint(
                'organisation_id', first, 'day', *(one for one, _ in others), name=op.f(f'pk_rollup_{name}')
            ),
        )
        index = op.f(f'ix_rollup_{name}_organisation_id_day')
        op.create_index(index, f'rollup_{name}', ['organisation_id', 'day'], unique=False)
    op.create_table(
        'pivot',
        sa.Column('id', BigId, nullable=False),
        sa.Column('organisation_id', BigId, nullable=False),
        sa.Column('dimensions', sa.String(), nullable=False),
        sa.Column('asked_at', Moment(timezone=True), nullable=False),
        sa.Column('kept_at', Moment(timezone=True), nullable=True),
        sa.Column('refused_at', Moment(timezone=True), nullable=True),
        sa.Column('rows', BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ['organisation_id'], ['organisation.id'], name=op.f('fk_pivot_organisation_id_organisation')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_pivot')),
        sa.UniqueConstraint('organisation_id', 'dimensions', name=op.f('uq_pivot_organisation_id_dimensions')),
    )
    for name in ('pivot_day', 'pivot_month'):
        op.create_table(
            name,
            sa.Column('pivot_id', BigId, nullable=False),
            sa.Column('day', sa.Date(), nullable=False),
            *(sa.Column(f'key{position}', sa.String(), nullable=False) for position in (1, 2, 3)),
            *(sa.Column(count, sa.Integer(), nullable=False) for count in COUNTS),
        )
        op.create_index(op.f(f'ix_{name}_pivot_id_day'), name, ['pivot_id', 'day'], unique=False)
    # What the new roll-ups lack is counted by the next fold, and from the responses until then.
    every = sa.select(RESPONSE.c.organisation_id, RESPONSE.c.day, sa.literal(0))
    marked = sa.select(STALE_DAY.c.organisation_id, STALE_DAY.c.day, STALE_DAY.c.weight)
    op.execute(sa.insert(STALE_DAY).from_select(['organisation_id', 'day', 'weight'], every.except_(marked)))


def downgrade() -> None:
    op.drop_table('pivot_month')
    op.drop_table('pivot_day')
    op.drop_table('pivot')
    for name in ROLL_UPS:
        op.drop_table(f'rollup_{name}')
