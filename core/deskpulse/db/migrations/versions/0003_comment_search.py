"""Comment search: the words of every comment, and an index over them"""

from alembic import op

from deskpulse.db.words import on_postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

COLLATIONS = ('pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8')
FIND_COLLATION = """
SELECT collname FROM pg_collation
WHERE collname = ANY(%(names)s) AND collnamespace = 'pg_catalog'::regnamespace
  AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
ORDER BY array_position(%(names)s::text[], collname::text) LIMIT 1
"""
ON_POSTGRESQL = (
    "ALTER TABLE response ADD COLUMN comment_words text GENERATED ALWAYS AS (words_of(comment)) STORED",
    # Not a partial index, though many comments are empty: of those PostgreSQL ignores the statistics. The list of
    # entries that are not sorted in yet is read by every search: a short one costs next to nothing.
    """
    CREATE INDEX ix_response_comment_words ON response USING gin (string_to_array(comment_words, ' '))
      WITH (gin_pending_list_limit = 256)
    """,
    "ANALYZE response",  # from then on the planner knows how common the thousand most common words are
)
OFF_POSTGRESQL = (
    "DROP INDEX ix_response_comment_words",
    "ALTER TABLE response DROP COLUMN comment_words",
    "DROP FUNCTION words_of(text)",
)
# The index keeps no text of its own, so it is told what to forget in the words that it was told to keep. Words are
# separated by spaces alone: the tokenizer that leaves everything beyond ASCII as it is takes them as they are.
ON_SQLITE = (
    """
    CREATE VIRTUAL TABLE comment_search USING fts5 (words, content = '', columnsize = 0, tokenize = 'ascii')
    """,
    """
    CREATE TRIGGER response_said AFTER INSERT ON response WHEN NEW.comment <> '' BEGIN
      INSERT INTO comment_search (rowid, words) VALUES (NEW.id, words_of(NEW.comment));
    END
    """,
    """
    CREATE TRIGGER response_unsaid AFTER DELETE ON response WHEN OLD.comment <> '' BEGIN
      INSERT INTO comment_search (comment_search, rowid, words) VALUES ('delete', OLD.id, words_of(OLD.comment));
    END
    """,
    """
    CREATE TRIGGER response_said_otherwise AFTER UPDATE OF comment ON response WHEN NEW.comment <> OLD.comment BEGIN
      INSERT INTO comment_search (comment_search, rowid, words)
        SELECT 'delete', OLD.id, words_of(OLD.comment) WHERE OLD.comment <> '';
      INSERT INTO comment_search (rowid, words) SELECT NEW.id, words_of(NEW.comment) WHERE NEW.comment <> '';
    END
    """,
    "INSERT INTO comment_search (rowid, words) SELECT id, words_of(comment) FROM response WHERE comment <> ''",
)
OFF_SQLITE = (
    "DROP TRIGGER response_said",
    "DROP TRIGGER response_unsaid",
    "DROP TRIGGER response_said_otherwise",
    "DROP TABLE comment_search",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'postgresql':
        found = connection.exec_driver_sql(FIND_COLLATION, {'names': list(COLLATIONS)}).scalar()
        connection.exec_driver_sql(on_postgresql(found))
        run(connection, ON_POSTGRESQL)
    else:
        run(connection, ON_SQLITE)


def downgrade() -> None:
    connection = op.get_bind()
    run(connection, OFF_POSTGRESQL if connection.dialect.name == 'postgresql' else OFF_SQLITE)


def run(connection, statements) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
