"""The wheel by itself: run by CI in an environment that has never seen the source."""

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import netcrm

HOME = Path(netcrm.__file__).parent


def run(*arguments: str) -> str:
    ran = subprocess.run(
        [Path(sys.executable).with_name("netcrm"), *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


assert "site-packages" in HOME.parts, HOME
assert netcrm.__version__ == version("netcrm")
assert (HOME / "py.typed").is_file()
assert {path.stem for path in (HOME / "playbooks" / "builtin").glob("*.toml")} >= {"graceful-decline", "new-job"}
assert list((HOME / "store" / "migrations" / "versions").glob("0008_*.py"))
with tempfile.TemporaryDirectory() as folder, netcrm.Crm(Path(folder) / "crm.db") as crm:
    crm.add_offer("Acme Robotics", people=["Dana Wu:recruiter"])
    crm.decline("acme")
    assert crm.due()[0].text.startswith("Call Dana")
assert "due" in run("--help")
assert "Dana" in run("demo")
print("the wheel works")
