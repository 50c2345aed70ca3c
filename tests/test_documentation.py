"""The documents and examples are true."""

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import netcrm
from netcrm import Contact, Crm

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


ELSEWHERE = ("migrations", "netcrm.crm")


@pytest.mark.parametrize("name", ["netcrm", *(name for name in MODULES if not any(part in name for part in ELSEWHERE))])
def test_what_docstrings_show_is_what_happens(name: str) -> None:
    """Every example in a docstring gives the result it shows."""
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.fixture(scope="module")
def example_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports of another database."""
    folder = tmp_path_factory.mktemp("exports")
    with Crm(memory=True) as other:
        other.add("Kim Lee")
        other.export_vcard(folder / "cards.vcf")
        other.add_offer("Hooli")
        other.export_json(folder / "archive.json")
    return folder


@pytest.fixture
def example_crm(example_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """The `crm` of the facade's examples, in a folder with the files that they read."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "examples" / "Connections.csv", tmp_path)
    (tmp_path / "google.csv").write_text("Name,E-mail 1 - Type,E-mail 1 - Value\nKim Lee,* Work,kim@lee.example\n")
    (tmp_path / "outlook.csv").write_text("First Name,Last Name,E-mail Address\nKim,Lee,kim@lee.example\n")
    (tmp_path / "people.csv").write_text("Who,E-mail\nKim Lee,kim@lee.example\n")
    for file in example_files.iterdir():
        shutil.copy(file, tmp_path)
    with Crm(memory=True, today=date(2026, 11, 23)) as crm:
        crm.add_offer("Acme", role="Staff Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
        crm.decline("acme", because="career-path")
        yield crm


FACADE = {test.name.partition(".")[2]: test for test in doctest.DocTestFinder(exclude_empty=False).find(Crm, "Crm")}


@pytest.mark.parametrize("name", FACADE)
def test_each_method_of_the_facade_shows_an_example(name: str, example_crm: Crm) -> None:
    """Each public method and property has an example, and the example gives the result it shows."""
    test = FACADE[name]
    assert test.examples or name.startswith("__")
    test.globs = {**test.globs, "crm": example_crm, "Contact": Contact}
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_example_is_run() -> None:
    """A script that is added to the examples is added to the tests."""
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_says_what_it_promises(name: str) -> None:
    """Each example script runs and prints what its page promises."""
    ran = subprocess.run([sys.executable, ROOT / "examples" / name], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    for words in EXAMPLES[name]:
        assert words in ran.stdout


def test_the_map_of_the_packages_is_that_of_the_folders() -> None:
    """The tree in the design lists exactly the modules of each folder."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    tree = re.search(r"^netcrm/ .*?(?=^```)", design, re.MULTILINE | re.DOTALL)
    assert tree
    listed: dict[str, set[str]] = {}
    folder = ""
    for indent, name, modules in re.findall(r"^( *)(?:([a-z_]+)/)?([a-z_ ]*)$", tree[0], re.MULTILINE):
        if name:
            above = [part for part in folder.split(".") if part][: len(indent) // 2]
            folder = ".".join([*above, name])
        listed.setdefault(folder, set()).update(modules.split())
    found: dict[str, set[str]] = {}
    for module in filter(is_listed, (ROOT / "src" / "netcrm").rglob("*.py")):
        found.setdefault(".".join(module.relative_to(ROOT / "src").parent.parts), set()).add(module.stem)
    assert listed == found


def is_listed(module: Path) -> bool:
    return not module.stem.startswith("__") and "versions" not in module.parts


def test_the_map_of_the_packages_is_that_of_the_contract() -> None:
    """The order of the packages in the design is the one that import-linter checks."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = "\n".join(contracts[0]["layers"]).replace("netcrm.", "")
    assert f"```text\n{layers}\n```" in (ROOT / "docs" / "design.md").read_text(encoding="utf-8")


def test_contributors_are_shown_every_package() -> None:
    """CONTRIBUTING names every package, and only files that exist."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {ROOT / path for path in re.findall(r"`(src/netcrm/[\w/.]+)`", page)}
    assert [path for path in named if not path.exists()] == []
    packages = {path.parent for path in (ROOT / "src" / "netcrm").glob("*/__init__.py")}
    assert packages <= {package for path in named for package in (path, *path.parents)}


def test_links_between_documents_lead_somewhere() -> None:
    """Every link between pages leads to a file."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
