"""Revisions of answers and of support groups, for what is kept in memory"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

COUNT = """INSERT INTO revision (organisation_id, subject, number) VALUES ({}.organisation_id, 'groups', 1)
  ON CONFLICT (organisation_id, subject) DO UPDATE SET number = revision.number + 1"""
ON_POSTGRESQL = f"""
CREATE FUNCTION revision_of_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    {COUNT.format('OLD')};
  ELSE
    {COUNT.format('NEW')};
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER support_group_revised AFTER INSERT OR UPDATE OR DELETE ON support_group
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revision_of_groups();
"""
OFF_POSTGRESQL = """
DROP TRIGGER support_group_revised ON support_group;
DROP FUNCTION revision_of_groups();
"""
ON_SQLITE = {'INSERT': 'NEW', 'UPDATE': 'NEW', 'DELETE': 'OLD'}


def upgrade() -> None:
    op.create_table(
        'revision',
        sa.Column('organisation_id', BigId, autoincrement=False, nullable=False),
        sa.Column('subject', sa.String(), nullable=False),
        sa.Column('number', BigId, nullable=False),
        sa.PrimaryKeyConstraint('organisation_id', 'subject', name=op.f('pk_revision')),
    )
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(ON_POSTGRESQL)
        return
    for change, row in ON_SQLITE.items():
        connection.exec_driver_sql(
            f'CREATE TRIGGER support_group_revised_{change.lower()} AFTER {change} ON support_group'
            f' BEGIN {COUNT.format(row)}; END'
        )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql(OFF_POSTGRESQL)
    else:
        for change in ON_SQLITE:
            connection.exec_driver_sql(f'DROP TRIGGER support_group_revised_{change.lower()}')
    op.drop_table('revision')
