"""The database: where it is, how it is opened, read and written, its backups and its migrations.

`location`, `sqlite` and `planner_queries` don't import SQLModel or SQLAlchemy, so that `netcrm due` starts fast;
`database` imports both, and alembic through `migrate`. The package itself imports nothing.
"""
