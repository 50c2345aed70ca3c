"""Many programs at once: some write, some read, and one keeps the file locked."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count, takewhile

from sqlalchemy import text

from netcrm import Crm
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted, engine_of
from tests.faults.processes import LONGEST, Tell, Worker
from tests.helpers.books import TODAY

HELD, FREE = 1.5, 0.5
"""Seconds that the locking program holds the lock, and releases it, in turn."""

COMMANDS = 8
"""One in this many writers is the command line, whose start costs more than a hundred writes."""

PEOPLE = ("recruiter", "interviewer")
"""The roles on every offer: a reader that finds an offer with fewer people has seen half an operation."""


def turns(until: float) -> Iterator[int]:
    """One turn, and further turns until the time is up, so that a process that had to wait has a turn too."""
    yield 0
    yield from takewhile(lambda _: time.monotonic() < until, count(1))


def write(tell: Tell, url: str, name: str, until: float) -> None:
    """Record offers with their people, tag them and log calls, through the library."""
    with Crm(url, today=TODAY) as crm:
        for number in turns(until):
            crm.add_offer(f"{name} {number}", people=[f"{role} {name} {number}:{role}" for role in PEOPLE])
            tell(f"{name} {number}")
            crm.edit(f"recruiter {name} {number}", tags=["ally"])
            crm.log(f"recruiter {name} {number}", "call")


def command(tell: Tell, url: str, name: str, until: float) -> None:
    """Record offers with their people through the real command line, from its first byte to its exit code."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NETCRM", "_NETCRM"))}
    for number in turns(until):
        people = (f"--with={role} {name} {number}:{role}" for role in PEOPLE)
        argv = [sys.executable, "-m", "netcrm", "--db", url, "offer", "add", f"{name} {number}", *people]
        subprocess.run(argv, env=clean, stdout=subprocess.DEVNULL, check=True, timeout=LONGEST)
        tell(f"{name} {number}")


def read(tell: Tell, url: str, until: float) -> None:
    """Read again and again; report each read, and whether every offer had all its people."""
    with Crm(url, today=TODAY) as crm:
        for _ in turns(until):
            crm.due()
            with crm.session() as session:
                offers, people, parts = (
                    session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                    for table in ("offer", "contact", "participant")
                )
            tell((offers, people == parts == len(PEOPLE) * offers))


def hold(tell: Tell, path: str, until: float) -> None:
    """Lock the file for a second and a half at a time, as a backup program may."""
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        for _ in turns(until):
            database.execute("BEGIN EXCLUSIVE")
            tell("held")
            time.sleep(HELD)
            database.execute("ROLLBACK")
            time.sleep(FREE)


def crowd(url: str, writers: int, readers: int, seconds: float) -> tuple[list[Worker], list[Worker], list[Worker]]:
    """Running writers, some of them command lines, readers, and a program that locks a file."""
    until = time.monotonic() + seconds
    unit = [Worker(write if number % COMMANDS else command, url, f"W{number}", until) for number in range(writers)]
    reading = [Worker(read, url, until) for _ in range(readers)]
    neighbours = [Worker(hold, url, until)] if "://" not in url else []
    return unit, reading, neighbours


def test_a_crowd_loses_nothing_and_fails_nowhere(url: str, size: Size, report: Report) -> None:
    """Every write is there, every read saw whole operations, and no program was refused because of a lock."""
    seconds = size(1, 60)
    with Crm(url, today=TODAY) as crm:
        crm.init(name="Robin Vale")
    unit, reading, neighbours = crowd(url, size(8, 12), 4, seconds)
    told = [one for worker in unit for one in worker.rest()]
    looks = [whole for worker in reading for _, whole in worker.rest()]
    held = [one for worker in neighbours for one in worker.rest()]
    failed = sum(bool(code) for code in map(ended, [*unit, *reading, *neighbours]))
    with Crm(url, today=TODAY) as crm:
        offers = crm.offers()
    lost = len(set(told) - {offer.organisation for offer in offers})
    halves = looks.count(False) + sum(len(offer.participants) != len(PEOPLE) for offer in offers)
    others = f"{len(reading)} readers ({len(looks):,} looks)" + f", the lock held {len(held)} times" * bool(held)
    report(
        f"2. a crowd, {engine_of(url)}",
        f"{len(unit)} writers ({len(told):,} offers), {others}, {seconds} s",
        counted(lost=lost, doubled=len(offers) - len(told), halves_seen=halves, processes_refused=failed),
    )
    assert (lost, halves, failed, len(offers)) == (0, 0, 0, len(told))
    assert looks


def ended(worker: Worker) -> int | None:
    """The exit code of a worker that has sent all its messages."""
    with worker:
        worker.process.join()
        return worker.process.exitcode
