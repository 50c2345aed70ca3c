"""alembic's environment; `netcrm.store.schema` passes the connection, in its transaction."""

from alembic import context

from netcrm.domain.models import Stored

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Stored.metadata,
    version_table="netcrm_version",
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
