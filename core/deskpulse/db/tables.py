"""All tables, imported in one place so that migrations and tests see every one of them."""

from deskpulse.access import models as access
from deskpulse.connections import models as connections
from deskpulse.db.types import Base
from deskpulse.directory import models as directory
from deskpulse.inbound import models as inbound
from deskpulse.organisation import models as organisation
from deskpulse.outbound import models as outbound
from deskpulse.reports import revisions, roll_ups
from deskpulse.reports.funnel import models as funnel
from deskpulse.reports.pivots import kept as pivots_kept
from deskpulse.surveys import models as surveys

METADATA = Base.metadata
ROOMS = (
    access,
    connections,
    directory,
    funnel,
    inbound,
    organisation,
    outbound,
    pivots_kept,
    revisions,
    roll_ups,
    surveys,
)
