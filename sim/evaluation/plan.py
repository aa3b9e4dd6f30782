"""Which column of a file serves for what: texts, amounts by stage, parts that are added up; and what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.errors import InputError
from sim.evaluation.collect import NumberColumn
from sim.evaluation.headings import DIMENSIONS, Heading
from sim.evaluation.sources import Table
from sim.evaluation.words import tr
from sim.names import shown

TEXTS = ("school_id", "name", "county", "type")
PARTS_OF_SPORTS = ("grounds_m2", "indoor_m2")
# which concepts serve in place of one: any of the sets is enough
SERVES: dict[str, tuple[tuple[str, ...], ...]] = {
    "pupils": (("pupils",),),
    "teachers_above_degree": (("teachers_above_degree",),),
    "backbone_teachers": (("backbone_teachers",),),
    "pe_art_teachers": (
        ("pe_art_teachers",),
        ("pe_teachers", "art_teachers"),
        ("pe_teachers", "music_teachers", "fine_art_teachers"),
    ),
    "teaching_area_m2": (("teaching_area_m2",),),
    "sports_area_m2": (("sports_area_m2",), ("grounds_m2", "indoor_m2"), ("grounds_m2",)),
    "equipment_value_yuan": (("equipment_value_yuan",),),
    "multimedia_rooms": (("multimedia_rooms",),),
    "classes": (("classes",),),
}
OPTIONAL = ("classes",)


@dataclass(frozen=True)
class Plan:
    """Which headings serve. texts: by concept; parts: by amount, the concepts that are added up to it.

    columns: headings of numbers by (concept, stage), several where a file says a thing more than once
    unused: headings that are not read, with their reasons
    """

    texts: dict[str, Heading]
    parts: dict[str, tuple[str, ...]]
    columns: dict[tuple[str, str], list[Heading]]
    unused: list[Heading] = field(default_factory=list)

    def numbers(self) -> list[NumberColumn]:
        """Return how each column of numbers is read."""
        return [
            NumberColumn(h.column, DIMENSIONS[h.concept], h.scale or 0, h.concept in ("pupils", "classes"))
            for headings in self.columns.values()
            for h in headings
        ]

    def label(self, concept: str, stage: str = "") -> str:
        """Return how messages call an amount: its key, and where it stands in the user's file."""
        key = f"{concept}_{stage}" if stage else concept
        headings = [h for c in self.parts.get(concept, (concept,)) for h in self.columns.get((c, stage), [])]
        headings = headings or [h for c in self.parts.get(concept, (concept,)) for h in self.columns.get((c, ""), [])]
        if concept in self.texts:
            headings = [self.texts[concept]]
        return labelled(key, headings[0]) if headings else key

    def places(self, concept: str, stage: str = "") -> tuple[int, ...]:
        """Return the columns that an amount comes from."""
        if concept in self.texts:
            return (self.texts[concept].column,)
        own = [h.column for c in self.parts.get(concept, (concept,)) for h in self.columns.get((c, stage), [])]
        return tuple(
            own or [h.column for c in self.parts.get(concept, (concept,)) for h in self.columns.get((c, ""), [])]
        )


def labelled(key: str, heading: Heading) -> str:
    """Return a key with the heading and letter of its column; the key alone where the heading is the key."""
    if heading.text.strip().lower() == key:
        return key
    return tr("'{heading}' (column {letter}, {key})").format(
        heading=shown(heading.text, 40), letter=heading.letter, key=key
    )


def plan_columns(table: Table, hint: str) -> Plan:
    """Decide which columns serve.

    Raises: InputError for a column that has to be there and is not, or when two columns claim to be the same text
    """
    used = table.layout.used
    texts: dict[str, Heading] = {}
    unused = list(table.layout.unused)
    wrong: list[str] = []
    for concept in (*TEXTS, "serial"):
        claims = sorted((h for h in used if h.concept == concept), key=lambda h: h.rank)
        if not claims:
            continue
        if len(claims) > 1 and claims[1].rank == claims[0].rank:
            wrong.append(
                tr("columns {a} and {b} both are {key}. Remove one, or rename it.").format(
                    a=_place(claims[0]), b=_place(claims[1]), key=concept
                )
            )
        texts[concept] = claims[0]
        unused += [_unused(h, tr("column {letter} serves").format(letter=claims[0].letter)) for h in claims[1:]]
    columns: dict[tuple[str, str], list[Heading]] = {}
    for h in used:
        if h.concept in DIMENSIONS:
            columns.setdefault(h.key, []).append(h)
    parts = _parts({concept for concept, _ in columns})
    serving = {c for group in parts.values() for c in group} | ({"indoor_m2"} & {c for c, _ in columns})
    unused += [_unused(h, tr("not needed")) for (c, _), hs in columns.items() if c not in serving for h in hs]
    columns = {key: hs for key, hs in columns.items() if key[0] in serving}
    missing = [c for c in SERVES if c not in parts and c not in OPTIONAL] + [c for c in ("name",) if c not in texts]
    wrong = _twice(used) + wrong
    if missing or wrong:
        raise _missing(table, missing, unused, wrong, hint)
    return Plan(texts, parts, columns, unused)


def _parts(there: set[str]) -> dict[str, tuple[str, ...]]:
    """Return for each amount the first set of concepts that the file has."""
    found = {}
    for concept, sets in SERVES.items():
        fitting = next((s for s in sets if set(s) <= there), None)
        if fitting:
            found[concept] = fitting
    return found


def _twice(used: list[Heading]) -> list[str]:
    """Return a sentence for each of the register's own column names that stands there twice."""
    seen: dict[str, Heading] = {}
    wrong = []
    for h in used:
        if h.rank == -1:
            text = h.text.strip().lower()
            if text in seen:
                wrong.append(
                    tr("column '{name}' stands there more than once, allowed: once. Remove one.").format(name=text)
                )
            seen[text] = h
    return wrong


def _unused(heading: Heading, reason: str) -> Heading:
    return Heading(heading.column, heading.text, reason=reason)


def _place(heading: Heading) -> str:
    return f"{heading.letter} '{shown(heading.text, 40)}'"


def _missing(table: Table, missing: list[str], unused: list[Heading], wrong: list[str], hint: str) -> InputError:
    """Return the error for columns that are not there, with what stands there instead."""
    words = names()
    lines = [*wrong]
    left = sorted(unused, key=lambda h: h.reason == tr("not needed"))
    for concept in missing:
        text = tr("missing column {key} ({words}).").format(key=concept, words=words[concept])
        near = difflib.get_close_matches(concept, [h.text.lower()[:60] for h in left[:50]], n=1, cutoff=0.6)
        if near:
            text += tr(" Is it '{heading}'?").format(heading=shown(near[0]))
        lines.append(text)
    where = table.place(table.layout.heading_rows[0])
    if left:
        listed = "; ".join(f"{_place(h)} ({h.reason})" for h in left[:12])
        lines.append(tr("Headings that are not read: {headings}.").format(headings=listed))
    return InputError(f"{table.path}: {where}: " + "\n  ".join(lines) + hint)


def names() -> Mapping[str, str]:
    """Return what each column holds, in words."""
    return {
        "school_id": tr("school code"),
        "name": tr("name of the school"),
        "county": tr("county"),
        "type": tr("type of the school"),
        "pupils": tr("pupils"),
        "teachers_above_degree": tr("teachers above the required degree"),
        "backbone_teachers": tr("backbone teachers of county level or above"),
        "pe_art_teachers": tr("full-time PE and art teachers"),
        "teaching_area_m2": tr("teaching and auxiliary rooms, m2"),
        "sports_area_m2": tr("sports grounds and halls, m2"),
        "equipment_value_yuan": tr("value of teaching equipment"),
        "multimedia_rooms": tr("networked multimedia classrooms"),
        "classes": tr("classes"),
    }
