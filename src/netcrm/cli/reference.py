"""The reference part of docs/cli.md, written from the program itself."""

from collections.abc import Iterator, Mapping

from netcrm.cli.app import PANELS, Entry, Family, load, program

WIDTH = 88


def reference() -> str:
    """Every command with its help, in the order and under the headings of `netcrm --help`."""
    parts = ["### netcrm", _fenced(help_of())]
    for panel, entries in PANELS.items():
        parts.append(f"## {panel}")
        for path, entry in leaves(entries):
            parts += [f"### netcrm {path}", _fenced(help_of(path, entry))]
    return "\n\n".join(parts)


def leaves(entries: Mapping[str, Entry | Family], before: str = "") -> Iterator[tuple[str, Entry]]:
    """Every command that can be run, by its words: “due”, “offer add”."""
    for name, entry in entries.items():
        if isinstance(entry, Family):
            yield from leaves(entry.commands, f"{before}{name} ")
        else:
            yield f"{before}{name}", entry


def help_of(path: str = "", entry: Entry | None = None) -> str:
    """What `netcrm PATH --help` prints in a pipe."""
    command = load(path.rpartition(" ")[2], entry, None) if entry else program(rich=False)
    name = f"netcrm {path}".strip()
    with command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH) as ctx:
        return str(command.get_help(ctx))


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"
