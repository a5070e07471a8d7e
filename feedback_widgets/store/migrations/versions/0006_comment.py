"""What an annotator remarks on a record stands with the answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# As it was at this revision: `tables.RESPONSE_VIEW` may change again.
VIEW = """
CREATE VIEW response AS
SELECT e.* FROM response_event AS e
WHERE e.status NOT IN ('pending', 'forgotten')
  AND e.seq = (SELECT max(n.seq) FROM response_event AS n
               WHERE n.dataset_id = e.dataset_id AND n.record_id = e.record_id AND n.user_id = e.user_id)
"""


def upgrade() -> None:
    """Add the column, and the view anew: PostgreSQL wrote down the columns that there were."""
    op.execute("DROP VIEW response")
    op.add_column("response_event", sa.Column("comment", sa.Text))
    op.execute(VIEW)
