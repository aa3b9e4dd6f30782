"""What the product says, collected: marked texts of the code, help of the command line, and the words of its tables."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from junheng.language import DOMAIN, LOCALE

ROOT = Path(__file__).parents[2]
FOLDERS = ("sim", "policies", "calibration", "experiments", "results", "junheng")
PO = LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po"
MO = PO.with_suffix(".mo")
CHINESE = re.compile(r"[\u3400-\u9fff]")
DATE = datetime(2026, 1, 1, tzinfo=UTC)


def marked() -> dict[str, str]:
    """Return every text that the code marks, with the first place that says it."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        keywords = {"tr": None, "ngettext": (1, 2)}
        for file, _, message, _, _ in extract_from_dir(str(ROOT / folder), keywords=keywords):
            for text in (message,) if isinstance(message, str) else message:
                found.setdefault(text, f"{folder}/{file}")
    return found


def help_texts() -> dict[str, str]:
    """Return every help text of the command line: of verbs, arguments and options."""
    from inspect import cleandoc

    found: dict[str, str] = {}
    for name, command in verbs():
        for thing in (command, *command.params):
            if getattr(thing, "help", None):
                found.setdefault(cleandoc(thing.help), f"help of {name}")
    return found


def verbs() -> list[tuple[str, object]]:
    """Return every command and group of the command line with the words that call it."""
    import typer

    from junheng.cli import app

    found = []

    def walk(name: str, command: object) -> None:
        found.append((name, command))
        for verb in command.list_commands(None) if hasattr(command, "list_commands") else ():
            walk(f"{name} {verb}", command.get_command(None, verb))

    walk("junheng", typer.main.get_command(app))
    return found


def data_texts() -> dict[str, str]:
    """Return the words of the tables that verbs print: notes and units of figures, findings, what a phase does."""
    from calibration.anchors import ANCHORS
    from junheng.show_region import COUNTY_COLUMNS, PUBLISHED, SINCE_CENSUS
    from junheng.show_year import phases
    from policies.describe import describe
    from policies.registry import BUILT_IN, policy_class
    from sim.facts import read_facts, read_published
    from sim.region import load_region
    from sim.tables import PLACE_TYPES

    found: dict[str, str] = {}
    for region in ("guizhou", "xinjiang"):
        for fact in read_facts(region).values():
            for text in (fact.unit, fact.note, fact.kind, fact.confidence, fact.source):
                found.setdefault(text, "figures of a region")
        for target in load_region(region).targets:
            for text in (target.stage, target.note, target.kind, target.confidence):
                found.setdefault(text, "alignment targets")
        for (_, indicator, stage, _, _), row in read_published(region).items():
            if (indicator, stage) in PUBLISHED or indicator in SINCE_CENSUS:
                found.setdefault(row.unit, "published series")
    for name in BUILT_IN:
        record = describe(policy_class(name))
        for row in (*record["evidence_for"], *record["evidence_against"]):
            found.setdefault(row["finding"], "evidence")
            found.setdefault(row["confidence"], "evidence")
        for parameter in record["parameters"]:
            for key in ("unit", "source", "confidence"):
                found.setdefault(parameter[key], "parameters of policies")
    for row in phases():
        found.setdefault(str(row["does"]), "phases")
    for anchor in ANCHORS:
        for text in (anchor.confidence, anchor.source, anchor.factor):
            found.setdefault(text, "anchors")
    for text in (*PLACE_TYPES, *(note for _, note in COUNTY_COLUMNS.values())):
        found.setdefault(text, "tables of a region")
    return {text: place for text, place in found.items() if re.search("[A-Za-z]{2}", text)}


def collected() -> dict[str, str]:
    """Return everything that is said, with where."""
    return {**data_texts(), **help_texts(), **marked()}


def read() -> Catalog:
    """Return the Chinese catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="zh")
    with PO.open("rb") as file:
        return read_po(file, locale="zh")


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    catalogue.creation_date = catalogue.revision_date = DATE  # the same texts give the same file on any day
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def updated(translations: dict[str, str] | None = None) -> Catalog:
    """Return the catalogue of what is said now: known translations kept, new ones added, those of lost texts dropped."""
    known = {m.id: m.string for m in read() if m.id and m.string}
    known.update(translations or {})
    made = Catalog(locale="zh", project="Junheng", fuzzy=False, domain=DOMAIN)
    for text, place in sorted(collected().items(), key=lambda item: (item[1], item[0])):
        made.add(text, known.get(text, ""), locations=[(place, 0)])
    return made


def save(catalogue: Catalog) -> None:
    """Write the catalogue for people (.po) and for gettext (.mo)."""
    kept = {"POT-Creation-Date", "PO-Revision-Date", "Generated-By"}
    file = io.BytesIO()
    write_po(file, catalogue, width=120, include_lineno=False)
    lines = [
        line
        for line in file.getvalue().decode().splitlines(keepends=True)
        if not any(line.startswith(f'"{key}') for key in kept)
    ]
    PO.write_text("".join(lines), encoding="utf-8")
    MO.write_bytes(compiled(read()))
