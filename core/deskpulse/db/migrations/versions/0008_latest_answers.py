"""A customer's latest scores from an index alone"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

LATEST, BY_PERSON = 'ix_response_latest', 'ix_response_organisation_id_person_answered_at'
KEYS = ['organisation_id', 'person', 'answered_at']


def upgrade() -> None:
    op.create_index(
        LATEST,
        'response',
        [*KEYS, 'id', 'score', 'ticket_id', 'tid'],
        sqlite_where=sa.text("current = 1 AND status = 'counted'"),
        postgresql_where=sa.text("current AND status = 'counted'"),
    )
    op.drop_index(BY_PERSON, 'response')


def downgrade() -> None:
    op.create_index(BY_PERSON, 'response', KEYS)
    op.drop_index(LATEST, 'response')
