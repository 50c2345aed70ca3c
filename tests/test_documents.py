"""What the documents and examples say is so."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import netcrm

ROOT = Path(__file__).parent.parent
MODULES = [name for _, name, _ in pkgutil.walk_packages(netcrm.__path__, "netcrm.") if "__main__" not in name]
EXAMPLES = {
    "decline_an_offer.py": ["Call Dana: decline the Staff Engineer offer.", "Thank Sam"],
    "new_job.py": [
        "New details due: ['2027-02-03']",
        "The start moved: ['2027-02-17']",
        "Settled early:  ['2027-02-01']",
    ],
    "import_and_list.py": ["16 people, 0 problems", "16 vCards, 16 in the file"],
    "rule_in_python.py": ["Wish Dana a good launch.", "left: 0"],
}


@pytest.mark.parametrize("name", ["netcrm", *(name for name in MODULES if "migrations" not in name)])
def test_what_docstrings_show_is_what_happens(name: str) -> None:
    """Every example in a docstring gives what it shows."""
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_every_example_is_run() -> None:
    """A script that is added to the examples is added to the tests."""
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_says_what_it_promises(name: str) -> None:
    """Each script runs as its reader would run it."""
    ran = subprocess.run([sys.executable, ROOT / "examples" / name], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    for words in EXAMPLES[name]:
        assert words in ran.stdout


def test_every_module_is_on_the_map() -> None:
    """The map in the design names every module and package of the library."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    places = {name.removeprefix("netcrm.").split(".")[0] for name in MODULES}
    missing = [place for place in sorted(places) if not re.search(rf"`{place}(?:\.py|/)|`{place}`", design)]
    assert missing == []


def test_links_between_documents_lead_somewhere() -> None:
    """No page links to a file that is not there."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
