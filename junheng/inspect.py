"""`junheng inspect`: evaluate a real school register by the official standard, or write an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

if TYPE_CHECKING:
    from sim.evaluation import Inspection
    from sim.evaluation.register import Register

FORMATS = ("text", "csv", "json", "xlsx")
ENDINGS = {".txt": "text", ".md": "text", ".csv": "csv", ".json": "json", ".xlsx": "xlsx"}


def inspect(
    register: Annotated[
        Path | None,
        typer.Argument(
            help="School register (.xlsx, .xls or .csv); with --template the file to write.", show_default=False
        ),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty register: a workbook with notes, or CSV.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show how each heading is understood, and evaluate nothing.")
    ] = False,
    format: Annotated[
        str, typer.Option("--format", help="text, csv, json or xlsx; by the ending of --out if left out.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Add every county, school and reason to the text.")
    ] = False,
    corrected: Annotated[
        Path | None,
        typer.Option(
            help="Write the register as a workbook with wrong and too small cells marked.", show_default=False
        ),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            help="What you know of the 15 + 9 items (.xlsx or .csv, see docs/inspect.md).", show_default=False
        ),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of the workbook to read.", show_default=False)] = None,
    county: Annotated[
        str | None, typer.Option(help="County of all schools, for a file without such a column.", show_default=False)
    ] = None,
    lang: str = "en",
    out: Annotated[Path | None, typer.Option(help="File to write instead of stdout.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Evaluate a school register by the official standard (县域义务教育优质均衡). Example: junheng inspect schools.xlsx

    An empty register for Excel: junheng inspect --template schools.xlsx
    """
    from sim.evaluation.words import speaking

    with speaking(lang):
        kind = _kind(format, json, out)
        if template:
            options = ("--json", "--items", "--preview", "--corrected", "--details")
            given = (json, items, preview, corrected, details)
            others = [option for option, value in zip(options, given, strict=True) if value]
            _template(register, out, format, force, others)
        elif register is None:
            raise _no_register()
        elif preview:
            _preview(register, sheet, county, out, force)
        else:
            _Job(register, items, sheet, county, corrected, out, force).run(kind, details, lang)


def _no_register() -> Exception:
    from sim.errors import InputError
    from sim.evaluation.words import tr

    return InputError(
        tr("inspect: no register given, allowed: a register (junheng inspect schools.xlsx) or --template.")
    )


def _kind(format: str, json: bool, out: Path | None) -> str:
    """Return which form of report is asked for."""
    from sim.errors import InputError
    from sim.evaluation.words import tr

    if json and format not in ("", "json"):
        raise InputError(tr("inspect: --json and --format {format} given, allowed: one of them.").format(format=format))
    if json or format:
        if format and format not in FORMATS:
            raise InputError(
                tr("--format {format}: unknown, allowed: {formats}.").format(format=format, formats=", ".join(FORMATS))
            )
        return format or "json"
    if out is None or not out.suffix or (out.exists() and not out.is_file()):
        return "text"
    if out.suffix.lower() not in ENDINGS:
        raise InputError(
            tr(
                "--out {path}: the ending {ending} says no form of report, allowed: {endings}; or say it by --format."
            ).format(path=out, ending=out.suffix, endings=", ".join(ENDINGS))
        )
    return ENDINGS[out.suffix.lower()]


def _template(given: Path | None, out: Path | None, format: str, force: bool, others: list[str]) -> None:
    """Write an empty register: CSV to stdout, or what the file's ending says. given: the file, named as an argument."""
    from sim.errors import InputError
    from sim.evaluation.template import template_csv, write_template
    from sim.evaluation.words import tr

    if others:
        raise InputError(
            tr("inspect: --template and {option} given, allowed: one of them.").format(option=", ".join(others))
        )
    if given is not None and out is not None:
        raise InputError(tr("inspect: two files to write given, {a} and {b}, allowed: one.").format(a=given, b=out))
    out = out or given
    kind = format or (out.suffix.lower().removeprefix(".") if out is not None else "csv") or "csv"
    if kind not in ("csv", "xlsx"):
        raise InputError(
            tr(
                "inspect: a template is .xlsx or .csv, not {kind}. Example: junheng inspect --template schools.xlsx"
            ).format(kind=kind)
        )
    if kind == "xlsx":
        _write(write_template, out, force, [])
    else:
        _write([template_csv()], out, force, [])


def _preview(path: Path, sheet: str | None, county: str | None, out: Path | None, force: bool) -> None:
    from sim.errors import InputError
    from sim.evaluation.preview import preview
    from sim.evaluation.register import open_register, read_register

    table = open_register(path, sheet)
    register, error = None, None
    try:
        register = read_register(path, sheet, county) if path.is_file() else None  # a pipe can be read only once
    except InputError as problem:
        error = problem
    _write(_encoded(preview(table, register, error)), out, force, [path])


class _Job:
    """One evaluation: read, judge, write the report and, if asked for, the marked register."""

    def __init__(
        self,
        path: Path,
        items: Path | None,
        sheet: str | None,
        county: str | None,
        corrected: Path | None,
        out: Path | None,
        force: bool,
    ) -> None:
        self.path, self.items, self.sheet, self.county = path, items, sheet, county
        self.corrected, self.out, self.force = corrected, out, force
        self.inputs = [path] if items is None else [path, items]

    def run(self, kind: str, details: bool, lang: str) -> None:
        """Do it; the places to write to are looked at first."""
        from sim.evaluation import inspect as evaluate
        from sim.evaluation.county_items import read_items
        from sim.evaluation.problems import RegisterProblems
        from sim.evaluation.register import read_register

        self._check()
        try:
            register = read_register(self.path, self.sheet, self.county)
        except RegisterProblems as problems:
            self._mark_problems(problems)
            raise
        known = None if self.items is None else read_items(self.items, register.counties)
        found = evaluate(register.totals, register.county, len(register.counties), known)
        if self.corrected is not None:
            from sim.evaluation.marked import marks_of_findings

            if register.table is not None and register.plan is not None:
                self._mark(register.table, marks_of_findings(register, found, register.plan))
        _write(_report(kind, register, found, details, lang), self.out, self.force, self.inputs)

    def _check(self) -> None:
        from results.safe_write import checked_target
        from sim.errors import InputError
        from sim.evaluation.words import tr

        if self.corrected is not None:
            if self.corrected.suffix.lower() != ".xlsx":
                raise InputError(
                    tr("--corrected {path}: the marked register is a workbook; give a name that ends in .xlsx.").format(
                        path=self.corrected
                    )
                )
            checked_target(self.corrected, option="--corrected", force=self.force, inputs=[*self.inputs, self.out])
        if self.out is not None:
            checked_target(self.out, force=self.force, inputs=self.inputs)

    def _mark_problems(self, problems: Any) -> None:
        if self.corrected is not None:
            from sim.evaluation.marked import marks_of_problems

            self._mark(problems.table, marks_of_problems(problems.problems))

    def _mark(self, table: Any, marks: Any) -> None:
        from junheng.loudness import note
        from sim.evaluation.marked import write_marked
        from sim.evaluation.words import tr

        _write(lambda file: write_marked(file, table, marks), self.corrected, self.force, self.inputs, "--corrected")
        note(tr("{path}: the register with {n:,} rows marked").format(path=self.corrected, n=len(marks)))


def _report(kind: str, register: Register, found: Inspection, details: bool, lang: str) -> Any:
    """Return the report as portions of bytes, or as what writes a workbook into a file."""
    if kind == "json":
        return _json(register, found, lang)
    if kind == "csv":
        from sim.evaluation.flat import as_csv

        return as_csv(register, found)
    if kind == "xlsx":
        from sim.evaluation.flat import write_workbook

        return lambda file: write_workbook(file, register, found)
    from sim.evaluation.report import as_text

    return _encoded(as_text(register, found, lang, details))


def _encoded(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        yield (line + "\n").encode("utf-8", "backslashreplace")


def _json(register: Register, found: Inspection, lang: str) -> Iterator[bytes]:
    """Yield the record as JSON with one line a county and one a school: quick to write, and `grep` finds a school."""
    from json import JSONEncoder

    from sim.evaluation.records import parts

    encode = JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    start = "{"
    for key, value in parts(register, found, lang):
        yield f"{start}{encode(key)}: ".encode()
        start = ",\n"
        if not isinstance(value, Iterator):
            yield encode(value).encode("utf-8", "backslashreplace")
            continue
        between = "[\n"
        for one in value:
            yield (between + encode(one)).encode("utf-8", "backslashreplace")
            between = ",\n"
        yield b"\n]" if between != "[\n" else b"[]"
    yield b"}\n"


def _write(
    content: Iterable[bytes] | Callable[[BinaryIO], None],
    out: Path | None,
    force: bool,
    inputs: list[Path],
    option: str = "--out",
) -> None:
    """Write portions of bytes or a workbook; to stdout as they are, so that every terminal gets the same UTF-8."""
    if callable(content):
        import io

        memory = io.BytesIO()  # a workbook that met a full disk would go on trying when it is let go of
        content(memory)
        content = [memory.getvalue()]
    if out is None:
        for portion in content:
            typer.echo(portion, nl=False)
        return
    from results.safe_write import whole_file

    with whole_file(out, option=option, force=force, inputs=inputs) as file:
        for portion in content:
            file.write(portion)
