"""Owns Alembic's environment: migrations run on the connection that the opener holds, inside its one transaction."""

from __future__ import annotations

from alembic import context

from storage.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
