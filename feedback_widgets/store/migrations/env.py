"""What Alembic runs: the revisions, in the transaction that `migrate` was called in."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
