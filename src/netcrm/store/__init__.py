"""The database: where it is, how it is opened, the one write door, and the hot reads.

`location` and `reads` need nothing but the standard library, so that `netcrm due` starts
fast; `door` brings SQLModel and SQLAlchemy, `migrate` brings alembic. This package
imports none of them by itself.
"""
