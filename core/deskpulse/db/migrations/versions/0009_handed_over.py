"""When the hand-over of an invite began"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import Moment

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('invite', sa.Column('handed_over_at', Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column('invite', 'handed_over_at')
