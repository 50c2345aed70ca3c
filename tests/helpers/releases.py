"""Databases of earlier schemas, and a made-up later release to migrate them.

Run `python -m tests.helpers.releases` before you raise `SCHEMA`: it writes a dump of a database in today's schema.
"""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import netcrm.store.database  # noqa: F401 - with it come all modules that know the schema's number
from netcrm import Crm
from netcrm.store import schema
from netcrm.store.location import OLDEST, SCHEMA
from netcrm.store.schema import MIGRATIONS, VERSION_TABLE
from tests.helpers.books import TODAY, season

SCHEMAS = Path(__file__).parent.parent / "schemas"
"""The folder with a dump of a database in each released schema before today's."""

NEXT = SCHEMA + 1
"""The schema of the made-up release."""

RELEASED = range(OLDEST, NEXT)
"""The schemas that can be migrated."""

REFUSED = range(1, OLDEST)
"""The schemas from before the first release."""

WORKS = """
def upgrade() -> None:
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("nickname", sa.String()))
"""
DIES = WORKS + "    op.execute('SELECT * FROM nowhere')\n"


def released(number: int, path: Path) -> Path:
    """A season in a schema that can be migrated: made from its dump, or written now for today's schema."""
    dump = _written_now() if number == SCHEMA else (SCHEMAS / f"schema{number}.sql").read_text()
    return loaded(dump, path)


@cache
def _written_now() -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "season.db"
        with Crm(path, today=TODAY) as crm:
            season(crm)
            crm.log("sam", "email")
            crm.done(next(follow_up.id for follow_up in crm.plan() if follow_up.step == "referrer"))
        return dumped(path)


def refused(number: int, path: Path) -> Path:
    """A season with the version of a schema that can't be migrated."""
    with closing(sqlite3.connect(released(SCHEMA, path))) as database:
        database.execute(f"PRAGMA user_version={number}")
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '{number:04}'")
        database.commit()
    return path


def loaded(dump: str, path: Path) -> Path:
    """A database made from a dump."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(dump)
    path.chmod(0o600)
    return path


def dumped(path: Path) -> str:
    """A whole database as SQL, with the application id and the version."""
    with closing(sqlite3.connect(path)) as database:
        names = ("application_id", "user_version")
        header = (f"PRAGMA {name}={database.execute(f'PRAGMA {name}').fetchone()[0]};" for name in names)
        return "\n".join((*header, *database.iterdump())) + "\n"


def scripts_upto(number: int, folder: Path, upgrade: str = WORKS) -> Path:
    """A copy of the migrations up to a schema; the made-up one runs `upgrade`."""
    scripts = Path(shutil.copytree(MIGRATIONS, folder / f"migrations{number}", ignore=shutil.ignore_patterns("*.pyc")))
    for script in (scripts / "versions").glob("0*.py"):
        if int(script.name[:4]) > number:
            script.unlink()
    if number == NEXT:
        names = f'revision = "{NEXT:04}"\ndown_revision = "{SCHEMA:04}"\n\n'
        head = f"import sqlalchemy as sa\nfrom alembic import op\n\n{names}"
        (scripts / "versions" / f"{NEXT:04}_later.py").write_text(head + upgrade)
    return scripts


@contextmanager
def release(number: int, scripts: Path) -> Iterator[None]:
    """Make this process the release of a schema, with the migrations in a folder."""
    knowing = [module for name, module in sys.modules.items() if name.startswith("netcrm.store.")]
    with pytest.MonkeyPatch.context() as patch:
        for module in knowing:
            if hasattr(module, "SCHEMA"):
                patch.setattr(module, "SCHEMA", number)
        patch.setattr(schema, "MIGRATIONS", scripts)
        patch.setattr(schema, "_empty", cache(schema._empty.__wrapped__))
        yield


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    (SCHEMAS / f"schema{SCHEMA}.sql").write_text(_written_now())
