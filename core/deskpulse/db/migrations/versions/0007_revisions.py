"""Revisions of answers and of the directory, for what is kept in memory"""

import sqlalchemy as sa
from alembic import op

from deskpulse.db.types import BigId

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

COUNT = """INSERT INTO revision (organisation_id, subject, number) VALUES ({}.organisation_id, 'directory', 1)
  ON CONFLICT (organisation_id, subject) DO UPDATE SET number = revision.number + 1"""
ON_POSTGRESQL = f"""
CREATE FUNCTION revision_of_directory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    {COUNT.format('OLD')};
  ELSE
    {COUNT.format('NEW')};
  END IF;
  RETURN NULL;
END $$;
"""
TRIGGER_ON_POSTGRESQL = """
CREATE CONSTRAINT TRIGGER {0}_revised AFTER INSERT OR UPDATE OR DELETE ON {0}
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revision_of_directory();
"""
ON_SQLITE = {'INSERT': 'NEW', 'UPDATE': 'NEW', 'DELETE': 'OLD'}
TABLES = ('support_group', 'segment')


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
        connection.exec_driver_sql(ON_POSTGRESQL + ''.join(map(TRIGGER_ON_POSTGRESQL.format, TABLES)))
        return
    for table in TABLES:
        for change, row in ON_SQLITE.items():
            name = f'{table}_revised_{change.lower()}'
            connection.exec_driver_sql(
                f'CREATE TRIGGER {name} AFTER {change} ON {table} BEGIN {COUNT.format(row)}; END'
            )


def downgrade() -> None:
    connection = op.get_bind()
    for table in TABLES:
        if connection.dialect.name == 'postgresql':
            connection.exec_driver_sql(f'DROP TRIGGER {table}_revised ON {table}')
            continue
        for change in ON_SQLITE:
            connection.exec_driver_sql(f'DROP TRIGGER {table}_revised_{change.lower()}')
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql('DROP FUNCTION revision_of_directory()')
    op.drop_table('revision')
