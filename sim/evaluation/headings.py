"""What one heading of a register means: which amount, of which stage, in which unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.evaluation import vocabulary as v
from sim.evaluation.words import tr

STAGED = ("pupils", "teachers_above_degree", "backbone_teachers", "pe_art_teachers", "classes")
TEXTS = ("school_id", "name", "county", "type", "serial")
DIMENSIONS = {
    **dict.fromkeys(("pupils", "teachers_above_degree", "backbone_teachers", "pe_art_teachers"), v.COUNT),
    **dict.fromkeys(("pe_teachers", "art_teachers", "music_teachers", "fine_art_teachers"), v.COUNT),
    **dict.fromkeys(("teaching_area_m2", "sports_area_m2", "grounds_m2", "indoor_m2"), v.AREA),
    "equipment_value_yuan": v.MONEY,
    "multimedia_rooms": v.ROOMS,
    "classes": v.CLASSES,
}
UNIT_NAMES = {v.AREA: "m2", v.MONEY: "元", v.COUNT: "", v.ROOMS: "", v.CLASSES: "", v.SHARE: "", v.PLAIN: ""}
# what a heading may leave out because its unit says it: 体育运动场馆（平方米）, 仪器设备（万元）
ENDINGS = {**dict.fromkeys(v.UNITS[v.AREA], "面积"), **dict.fromkeys(v.UNITS[v.MONEY], "值")}
BRACKET = re.compile(r"[(\[【〔<《]([^()\[\]【】〔〕<>《》]*)[)\]】〕>》]")
SHORT_NOTE = 6  # letters in brackets that may belong to the word itself: 县(市、区), 大专(及以上)


@dataclass(frozen=True)
class Heading:
    """What a column is taken for. concept: "" when it is not used, with the reason.

    column: from 0; text: as the file has it; stage: primary, junior, senior or "" (whole school, or not said)
    scale: exponent of ten, or a factor, from the column's unit to the register's; None when the heading names no unit
    lenient: amounts of a stage that the school does not hold are passed over (the degree is what names the stage)
    """

    column: int
    text: str
    concept: str = ""
    stage: str = ""
    unit: str = ""
    scale: int | float | None = None
    reason: str = ""
    lenient: bool = False
    rank: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """The amount and the stage."""
        return self.concept, self.stage

    @property
    def letter(self) -> str:
        """The column as a spreadsheet calls it."""
        return letters(self.column)


def letters(column: int) -> str:
    """Return the letters of a column, counted from 0.

    >>> letters(0), letters(26)
    ('A', 'AA')
    """
    name, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return name


Understand = Callable[[int, Sequence[str]], Heading]


def register_heading(known: Mapping[str, object]) -> Understand:
    """Return what understands headings of a register; known: the register's own column names."""

    def understand(column: int, parts: Sequence[str]) -> Heading:
        text = " / ".join(p for p in parts if p)
        exact = re.sub(r"[\s\-()]+", "_", parts[-1].lower()).strip("_") if parts else ""
        if exact in known:
            return _exact(column, text, exact)
        return _understand(column, text, [v.plain(p) for p in parts if p.strip()])

    return understand


def _exact(column: int, text: str, name: str) -> Heading:
    base, _, stage = name.rpartition("_")
    if stage in ("primary", "junior", "senior"):
        return Heading(column, text, base, stage, scale=0, rank=-1)
    unit = {"m2": "m2", "yuan": "元"}.get(stage, "")
    return Heading(column, text, name, "", unit, scale=0, rank=-1)


def _understand(column: int, text: str, parts: list[str]) -> Heading:
    """Take a heading apart: units and stages first, then what is left of its lowest part, then with the part above it."""
    unit, stages, words, notes = "", [], [], ""
    for part in parts:
        rest, found, note = _without_unit(v.ORDINAL.sub("", part))
        rest = _before_colon(rest)
        unit, notes = found or unit, notes + note
        stages += [v.STAGES_READ.get(s, s) for s, _ in v.STAGE.findall(rest)]
        rest = v.STAGE.sub("", rest)
        if rest.strip("()/-"):
            words.append(rest)
    if len(set(stages)) > 1:
        return Heading(column, text, reason=tr("more than one stage"))
    stage = stages[0] if stages else ""
    if not words:
        return _useless(column, text, v.plain(text))
    if len(words) > 1 and v.AMOUNT_ONLY.fullmatch(
        words[-1]
    ):  # 生均教学及辅助用房面积 / 面积: the amount beside its share
        words = [v.PER_PUPIL.sub("", words[-2])]
    for tried in (words[-1], "".join(words[-2:]), "".join(words)):
        if v.DERIVED.search(tried):
            return Heading(column, text, reason=tr("derived: worked out from the amounts"))
        concept = _concept(tried) or _concept(f"{tried}{ENDINGS.get(unit, '')}")
        if concept:
            return _found(Heading(column, text, concept, stage, unit), tried, notes)
    return _useless(column, text, "".join(words))


def _before_colon(part: str) -> str:
    """Return the piece of a heading that says what it is: 学校类型：小学 初中, 专任教师中：骨干教师."""
    if ":" not in part:
        return part
    whole = part.replace(":", "")
    pieces = [piece for piece in (whole, *part.split(":")) if piece]
    return next((piece for piece in pieces if _concept(v.STAGE.sub("", piece))), whole)


def _useless(column: int, text: str, word: str) -> Heading:
    if not word:
        return Heading(column, text, reason=tr("no heading"))
    known = v.KNOWN_USELESS.search(word)
    return Heading(column, text, reason=tr("not needed") if known else tr("not understood"))


def _without_unit(part: str) -> tuple[str, str, str]:
    """Return a part of a heading without its unit, the unit, and notes that stood in brackets."""
    unit, notes = "", ""

    def bracket(found: re.Match[str]) -> str:
        nonlocal unit, notes
        inside = found[1]
        pieces = [piece for piece in re.split("[,;、]", inside) if piece]
        if any(re.search(r"/生|/人|/百", piece) for piece in pieces):
            return inside  # per pupil
        units = [only[1] for only in map(v.UNIT_ONLY.fullmatch, pieces) if only]
        if units:
            unit = units[0]
            notes += ",".join(piece for piece in pieces if not v.UNIT_ONLY.fullmatch(piece))
            return ""
        if len(inside) <= SHORT_NOTE:
            return f"\0{inside}\1"
        notes += inside
        return ""

    rest = BRACKET.sub(bracket, part)
    whole = v.UNIT_ONLY.fullmatch(rest)
    if whole and not unit:
        return "", whole[1], notes
    last = v.UNIT_LAST.search(rest)
    if last and not unit:
        unit, rest = last[1], rest[: last.start()]
    return rest, unit, notes


def _concept(word: str) -> str:
    """Return the amount that a heading names, with short notes in brackets as part of the word or left out; "" if none."""
    for form in (word.replace("\0", "").replace("\1", ""), re.sub("\0.*?\1", "", word)):
        base = v.SIGNS.sub("", v.PREFIX.sub("", form))
        if v.NEVER.search(base):
            continue
        for concept, pattern in v.CONCEPTS:
            if pattern.fullmatch(base):
                return _subjects(base) if concept == "pe_art_teachers" else concept
    return ""


def _subjects(base: str) -> str:
    """Return which of physical education, music and art a heading counts: all of them, or one of the parts."""
    sport, music = "体" in base, "音" in base
    fine, art = "美" in base, "艺" in base
    arts = art or (music and fine)
    if sport:
        return "pe_art_teachers" if arts else "pe_teachers" if not (music or fine) else ""
    if arts:
        return "art_teachers"
    return "music_teachers" if music else "fine_art_teachers" if fine else ""


def _found(heading: Heading, word: str, notes: str) -> Heading:
    """Add unit, degree and what the notes in brackets say to a heading that is understood."""
    concept, stage, lenient = heading.concept, heading.stage, False
    degree = {"degree_diploma": "primary", "degree_bachelor": "junior"}.get(concept)
    if degree:
        if stage and stage != degree:
            return replace(heading, concept="", reason=tr("not the degree that counts in this stage"))
        concept, lenient, stage = "teachers_above_degree", not stage, degree
    if concept in TEXTS:
        return replace(heading, concept=concept, stage="", unit="", rank=_rank(word))
    dimension = DIMENSIONS[concept]
    units = v.UNITS[dimension]
    if heading.unit and heading.unit not in units:
        return replace(heading, concept="", reason=tr("its unit does not fit its name"))
    scale = units[heading.unit] if heading.unit else None
    if scale is None and dimension not in (v.MONEY,):
        scale = 0
    if concept == "teaching_area_m2" and re.search(r"(?<!不)(?:含|包括)(?:室内)?(?:体育|运动)", notes):
        return replace(heading, concept="", reason=tr("holds indoor sports rooms, which do not count"))
    return replace(heading, concept=concept, stage=stage, scale=scale, lenient=lenient)


def _rank(word: str) -> int:
    """Return how surely a heading of texts is the one: codes of schools before other codes, names before 学校."""
    sure = (
        "标识码",
        "学校代码",
        "名称",
        "办学类型",
        "学校类型",
        "类型",
        "全称",
        "校名",
        "类别",
        "单位代码",
        "机构代码",
        "编码",
        "信用代码",
    )
    return next((i for i, part in enumerate(sure) if part in word), len(sure))
