"""Which code and data made a result: hashes and versions for the run record."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# what can change a number; the face (junheng/) and the database cannot
MODEL_CODE = ("sim", "policies", "experiments", "calibration", "results/metrics", "results/measures.py")
PACKAGES = ("junheng", "numpy", "numba", "scipy", "mesa", "pandas", "sqlalchemy")


@cache
def code_version() -> str:
    """Return the release and a hash of every source file that a number can depend on, e.g. "0.1.0+1f2e3d4c5b6a"."""
    found: list[Path] = []
    for name in MODEL_CODE:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return f"{package_version('junheng')}+{hash_files(found)[:12]}"


@cache
def data_hashes() -> dict[str, str]:
    """Return the hash of every data table that the engine reads, by its name under sim/data."""
    folder = ROOT / "sim" / "data"
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".csv", ".toml"))
    return {p.relative_to(folder).as_posix(): hash_files([p])[:16] for p in files}


@cache
def packages() -> dict[str, str]:
    """Return the versions of Python, of the packages and of the exact arithmetic that a run used.

    They are kept, but are no part of a run's fingerprint, nor is the processor: what is stored is the same with all of them
    (`junheng selftest`). The arithmetic is ours, so the hash of the code covers it.
    """
    from sim import exact  # brings numba

    versions = {name: package_version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **versions, "arithmetic": str(exact.VERSION)}


def used(params: Mapping[str, float], policies: Iterable[Any]) -> dict[str, Any]:
    """Return the value of every parameter of a run, set, drawn or left at its default: what a reader of old results needs."""
    settings = [
        {"name": policy.name, **{name: getattr(policy, name) for name in policy.parameters()}} for policy in policies
    ]
    return {"values": dict(params), "policies": settings}


def foreign_hashes(policies: Iterable[Any]) -> dict[str, str]:
    """Return the hash of the source of every policy that is not ours (a plug-in or a user's file), by its class."""
    found = {}
    for policy in policies:
        module = sys.modules.get(type(policy).__module__)
        file = getattr(module, "__file__", None)
        if file and not Path(file).resolve().is_relative_to(ROOT / "policies"):
            found[f"policy class {type(policy).__name__}"] = hash_files([Path(file)])[:16]
    return found


def package_version(name: str) -> str:
    """Return the installed version of a package, or "not installed" when it runs from a bare checkout."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def hash_files(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of names and contents of files; line ends do not count, so that checkouts agree."""
    total = sha256()
    for path in paths:
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        total.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()
