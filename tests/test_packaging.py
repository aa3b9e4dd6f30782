"""What a package index and a citation tool read, and what is inside the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import date
from email.parser import Parser
from importlib.util import find_spec
from pathlib import Path

import pytest

from junheng import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
# root keys of the Citation File Format 1.2.0, and those that it requires
CFF_KEYS = {
    "abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers", "keywords",
    "license", "license-url", "message", "preferred-citation", "references", "repository", "repository-artifact",
    "repository-code", "title", "type", "url", "version",
}  # fmt: skip
CFF_REQUIRED = {"authors", "cff-version", "message", "title"}


def citation() -> dict[str, str]:
    """The root keys of CITATION.cff with their text, unquoted; what is indented below a key is joined."""
    found: dict[str, str] = {}
    key = ""
    for line in (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines():
        if line[:1] not in (" ", "#", ""):
            key, _, text = line.partition(":")
            found[key] = text.strip().strip('"')
        else:
            found[key] = f"{found[key]} {line.strip()}".strip()
    return found


def test_the_citation_is_valid_and_of_this_version():
    cff = citation()
    assert cff.keys() <= CFF_KEYS and cff.keys() >= CFF_REQUIRED | {"version", "date-released", "license", "abstract"}
    assert (cff["cff-version"], cff["type"], cff["version"]) == ("1.2.0", "software", __version__)
    assert date.fromisoformat(cff["date-released"]) <= date.today()
    assert '"' not in cff["version"] and re.fullmatch(r'- name: "[^"]+"', cff["authors"])
    words = re.findall(r"- ([^-]\S*(?: [^-]\S*)*)", cff["keywords"])
    assert len(words) == len(set(words)) >= 4
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == {"text": cff["license"]}
    assert f'"{project["authors"][0]["name"]}"' in cff["authors"]


def test_every_package_says_that_it_is_typed():
    assert len(PACKAGES) >= 6
    assert [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()] == []


@pytest.mark.long
def test_the_wheel_holds_types_data_and_catalogue(tmp_path):
    if find_spec("pip"):
        build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path), str(ROOT)]
    elif shutil.which("uv"):
        build = ["uv", "build", "--wheel", "-q", "-o", str(tmp_path), str(ROOT)]
    else:
        pytest.skip("neither pip nor uv is here to build with")
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        record = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(record).decode())
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode == 0:  # in a checkout: every file of the packages is installed, and nothing else
        extra = {name for name in names if ".dist-info/" not in name}
        assert set(tracked.stdout.split("\n")) - {""} <= extra
        assert not [name for name in extra if name.split("/")[0] not in PACKAGES]
    assert names >= {f"{name}/py.typed" for name in PACKAGES}
    assert metadata["Version"] == __version__ and "Typing :: Typed" in metadata.get_all("Classifier")
    assert metadata["Description-Content-Type"] == "text/markdown"
