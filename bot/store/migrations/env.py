"""Runs migrations on the connection that `bot.store.migrate` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from bot.store import schema as t

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=t.metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
