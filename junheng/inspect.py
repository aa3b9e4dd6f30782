"""`junheng inspect`: evaluate a real school register by the official standard, or write an empty one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def inspect(
    register: Annotated[
        Path | None, typer.Argument(help="School register (.csv, UTF-8 or GBK)", show_default=False)
    ] = None,
    template: Annotated[bool, typer.Option("--template", help="Write an empty register with Chinese notes")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record instead of a report")] = False,
    items: Annotated[
        Path | None,
        typer.Option(help="What you know of the 15 + 9 items (.csv, see docs/inspect.md)", show_default=False),
    ] = None,
    lang: str = "en",
    out: Annotated[Path | None, typer.Option(help="File to write instead of stdout", show_default=False)] = None,
) -> None:
    """Evaluate a school register by the official standard (县域义务教育优质均衡). Example: junheng inspect schools.csv

    An empty register for Excel: junheng inspect --template --out schools.csv
    """
    from sim.errors import InputError

    if template == (register is not None):
        came = "both a register and --template" if template else "no register"
        raise InputError(f"inspect: {came} given, allowed: a register (junheng inspect schools.csv) or --template.")
    for option, given in (("--json", json), ("--items", items is not None)):
        if template and given:
            raise InputError(
                f"inspect: --template and {option} given, allowed: one of them. The template is a CSV file."
            )
    if out is not None and out.exists():
        raise InputError(f"{out}: the file exists and is not overwritten. Choose another name or move it away.")
    _write(_template() if register is None else _report(register, items, json, lang), out)


def _template() -> bytes:
    from sim.evaluation.register import template

    return template()


def _report(path: Path, items: Path | None, as_json: bool, lang: str) -> bytes:
    from sim.evaluation import inspect as evaluate
    from sim.evaluation.county_items import read_items
    from sim.evaluation.records import as_record
    from sim.evaluation.register import read_register
    from sim.evaluation.report import as_text

    register = read_register(path)
    known = None if items is None else read_items(items, register.counties)
    found = evaluate(register.totals, register.county, len(register.counties), known)
    if as_json:
        return _json(as_record(register, found, lang)).encode()
    return ("\n".join(as_text(register, found, lang)) + "\n").encode()


def _json(record: dict[str, Any]) -> str:
    """Return the record as JSON with one line a county and one a school: quick to write, and `grep` finds a school."""
    from json import JSONEncoder

    encode = JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    parts = [
        f"{encode(key)}: "
        + ("[\n" + ",\n".join(map(encode, value)) + "\n]" if isinstance(value, list) else encode(value))
        for key, value in record.items()
    ]
    return "{" + ",\n".join(parts) + "}\n"


def _write(data: bytes, out: Path | None) -> None:
    """Write bytes, so that a terminal of another encoding gets the same UTF-8 as a file."""
    if out is None:
        typer.echo(data, nl=False)
        return
    from sim.errors import InputError

    try:
        with out.open("xb") as f:
            f.write(data)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error}). Choose another place.") from None
