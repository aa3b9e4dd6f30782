"""`junheng selftest`: whether this machine computes every result to the last bit as any other does."""

from __future__ import annotations

import platform
from gettext import gettext as tr
from typing import Annotated, Any

import typer

from junheng.wrapping import wrapped


def selftest(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record instead of text.")] = False,
    lang: str = "en",
) -> None:
    """Run a county for three years under all built-in policies and print what its results come to.

    Compare the two hashes with those in the README of your version.

    Example: junheng selftest
    """
    found = record()
    if json:
        from experiments.selftest import as_json

        typer.echo(as_json(found))
        return
    for line in text(found):
        typer.echo(line)


def record() -> dict[str, Any]:
    """Run the test and return the hashes, the control, the versions and the processor's features."""
    from experiments import selftest as test
    from experiments.identity import package_version, packages

    versions = packages() | {"llvmlite": package_version("llvmlite")}
    machine = {"machine": platform.machine(), **test.processor()}
    return {
        **test.selftest(),
        "run": test.described(),
        "control": test.control(),
        "packages": versions,
        "processor": machine,
    }


def text(found: dict[str, Any]) -> list[str]:
    """Return the lines that a person reads."""
    versions = ", ".join(
        f"{name} {found['packages'][name]}" for name in ("junheng", "python", "numpy", "numba", "llvmlite")
    )
    run = found["run"]
    does = tr("{area} ({region}), {first} to {last}, every built-in policy ({number}), seed {seed}:").format(
        area=run["area"], region=run["region"], first=run["years"][0], last=run["years"][1],
        number=len(run["policies"]), seed=run["seed"],
    )  # fmt: skip
    told = tr(
        "Compare values and state with the line in the README of this version. Equal: this machine computes every result as"
        " any other, to the last bit. Different: do not mix results of this machine with others, and report all that is"
        " printed here. The control is made with numpy's own functions, which may differ from machine to machine."
    )
    return [
        versions,
        *wrapped(f"{found['processor']['machine']}: " + " ".join(found["processor"]["features"]), "  "),
        does,
        f"values {found['values']}",
        f"state  {found['state']}",
        "control " + " ".join(f"{name} {value}" for name, value in found["control"].items()),
        *wrapped(told, ""),
    ]
