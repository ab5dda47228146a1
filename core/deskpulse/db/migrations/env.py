"""Alembic's environment: uses the connection it is given."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from deskpulse.db.migrate import is_declared
from deskpulse.db.tables import METADATA
from deskpulse.db.types import BigId, Json, Moment

NAMES = {BigId: "deskpulse.db.types.BigId", Json: "deskpulse.db.types.Json"}


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Name our own column types in revisions instead of spelling them out."""
    if kind != "type":
        return False
    return "deskpulse.db.types.Moment()" if isinstance(item, Moment) else NAMES.get(item, False)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render,
    include_name=is_declared,
)
with context.begin_transaction():
    context.run_migrations()
