"""The answers of a person who was forgotten are no current answers.

Erasing a person's answers leaves an event of status `forgotten` in the log, which the view `response` must not show.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

# As it was at this revision: `tables.RESPONSE_VIEW` may change again.
VIEW = """
CREATE VIEW response AS
SELECT e.* FROM response_event AS e
WHERE e.status NOT IN ('pending', 'forgotten')
  AND e.seq = (SELECT max(n.seq) FROM response_event AS n
               WHERE n.dataset_id = e.dataset_id AND n.record_id = e.record_id AND n.user_id = e.user_id)
"""


def upgrade() -> None:
    """Define the view anew."""
    op.execute("DROP VIEW response")
    op.execute(VIEW)
