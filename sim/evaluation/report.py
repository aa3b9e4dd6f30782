"""An inspection of a register as text for people, in English or Chinese."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.evaluation.failures import LANGUAGES, STAGES_ZH, item_name, number, section_failure, sentence
from sim.evaluation.inspection import Inspection
from sim.evaluation.items import NOT_MODELLED
from sim.evaluation.register import KINDS_ZH, Register
from sim.evaluation.totals import SCHOOL_KINDS
from sim.tables import STAGES

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Inspection of {n} school{many} in {c} count{ies} by {document}",
        "passes": "PASSES all that could be checked",
        "fails": "DOES NOT PASS (reasons: {n})",
        "nothing": "DOES NOT PASS: no school to evaluate",
        "stage": "{stage}: {ok} of {n} schools pass; coefficients of variation, limit {limit:.2f}",
        "columns": ("indicator", "asked", "county mean", "CV", "", "schools below"),
        "schools": "Schools (values per pupil or per 100 pupils; * = below what is asked)",
        "school_columns": ("school", "stage", "pupils", "met", "passes"),
        "short": ("degree", "backbone", "PE/art", "rooms m2", "sports m2", "equipment", "multimedia"),
        "excluded": "left out (special, vocational, or teaching point below {n} pupils)",
        "why": "Why it does not pass",
        "missing": "What below-standard schools that pass still lack",
        "open": "Not checked in any county, because the register does not hold it:",
        "open_here": "Not checked here: ",
        "yes": "yes",
        "no": "no",
        "over": "over",
        "total": "{n} of {c} counties pass all that could be checked. "
        "Certification needs the items not checked here as well.",
        "semicolon": "; ",
    },
    "zh": {
        "title": "按{document}对 {c} 个县（市、区）{n} 所学校的评估",
        "passes": "可核查内容全部通过",
        "fails": "未通过（原因 {n} 条）",
        "nothing": "未通过：没有可评估的学校",
        "stage": "{stage}：{n} 所中 {ok} 所达标；校际差异系数，上限 {limit:.2f}",
        "columns": ("指标", "标准", "县均值", "差异系数", "", "未达标校数"),
        "schools": "学校（生均或每百名学生；* 表示低于标准）",
        "school_columns": ("学校", "学段", "在校生", "达标项", "达标"),
        "short": ("高于规定学历", "骨干", "体艺", "教辅用房", "体育场馆", "仪器设备", "多媒体"),
        "excluded": "不纳入（特殊教育、职业学校或不足 {n} 人的教学点）",
        "why": "未通过的原因",
        "missing": "已达标学校中仍有单项不足",
        "open": "所有县（市、区）均未核查（学校登记表中没有）：",
        "open_here": "本县未核查：",
        "yes": "是",
        "no": "否",
        "over": "超标",
        "total": "{c} 个县（市、区）中 {n} 个可核查内容全部通过。未核查的项目也通过后才能认定。",
        "semicolon": "；",
    },
}


def as_text(register: Register, inspection: Inspection, lang: str = "en") -> Iterator[str]:
    """Yield the lines of a report: for every county the verdict, the coefficients, why, and every school.

    lang: "en" or "zh". Raises: ValueError for another language
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang = {lang!r}, allowed: {', '.join(LANGUAGES)}")
    w = WORDS[lang]
    n, c = len(register.ids), len(register.counties)
    ending = {"many": "" if n == 1 else "s", "ies": "y" if c == 1 else "ies"}
    yield w["title"].format(n=n, c=c, document=inspection.standards.document, **ending)
    for county in range(c):
        yield ""
        yield from _county(register, inspection, county, lang)
    yield ""
    yield w["open"]
    yield from (f"  - {_item(inspection, key, lang)}" for key in _unchecked(inspection))
    yield ""
    yield w["total"].format(n=int(inspection.passed.sum()), c=c)


def _county(register: Register, inspection: Inspection, c: int, lang: str) -> Iterator[str]:
    w = WORDS[lang]
    reasons = inspection.failures(c)
    verdict = w["passes"] if inspection.passed[c] else w["fails"].format(n=len(reasons)) if reasons else w["nothing"]
    yield f"== {register.counties[c]}: {verdict}"
    for s in range(2):
        if inspection.sections_counted[c, s]:
            yield ""
            yield from _variation(inspection, c, s, lang)
    if reasons:
        yield ""
        yield w["why"]
        yield from (f"  - {sentence(f, inspection, register.names[f.school], lang)}" for f in reasons)
    yield ""
    yield w["schools"]
    yield from _schools(register, inspection, np.flatnonzero(register.county == c), lang)
    here = [key for key in inspection.not_modelled(c) if key not in _unchecked(inspection)]
    if here:
        yield ""
        yield w["open_here"] + w["semicolon"].join(_item(inspection, key, lang) for key in here)


def _variation(inspection: Inspection, c: int, s: int, lang: str) -> Iterator[str]:
    w, standards = WORDS[lang], inspection.standards
    yield w["stage"].format(
        stage=_stage(s, lang),
        ok=inspection.sections_passing[c, s],
        n=inspection.sections_counted[c, s],
        limit=standards.cv_max[s],
    )
    here = (inspection.county == c) & inspection.counted[:, s]
    below = (~inspection.met[here, s]).sum(axis=0)
    rows = [w["columns"]]
    for k, spec in enumerate(standards.indicators):
        label, unit = (spec.label_zh, spec.unit_zh) if lang == "zh" else (spec.label, spec.unit)
        asked = spec.threshold[s]
        over = "" if inspection.cv_met[c, s, k] else w["over"]
        mean = number(float(inspection.mean[c, s, k]), asked)
        rows.append(
            (f"{label} ({unit})", number(asked, asked), mean, f"{inspection.cv[c, s, k]:.3f}", over, str(below[k]))
        )
    yield from _aligned(rows, left=1)


def _schools(register: Register, inspection: Inspection, rows: np.ndarray, lang: str) -> Iterator[str]:
    """Yield one line a section with its seven values, and one for each school that is left out."""
    w, specs = WORDS[lang], inspection.standards.indicators
    table: list[tuple[str, ...]] = [(*w["school_columns"], *w["short"])]
    left_out = []
    for i in rows.tolist():
        if inspection.excluded[i]:
            left_out.append(f"{register.names[i]} ({_kind(int(inspection.kind[i]), lang)})")
        for s in np.flatnonzero(inspection.counted[i]).tolist():
            met = inspection.met[i, s].tolist()
            values = [
                number(v, spec.threshold[s]) + (" " if ok else "*")
                for v, spec, ok in zip(inspection.value[i, s].tolist(), specs, met, strict=True)
            ]
            passes = w["yes"] if inspection.passed_section[i, s] else w["no"]
            pupils = f"{inspection.pupils[i, s]:.0f}"
            table.append((register.names[i], _stage(s, lang), pupils, f"{sum(met)}/7", passes, *values))
    if len(table) > 1:
        yield from _aligned(table, left=2)
    if left_out:
        text = w["excluded"].format(n=inspection.standards.min_point_pupils)
        yield f"  {text}: {w['semicolon'].join(left_out)}"
    yield from _lacking(register, inspection, rows, lang)


def _lacking(register: Register, inspection: Inspection, rows: np.ndarray, lang: str) -> Iterator[str]:
    """Yield what schools lack that pass with six of seven; those that fail are among the reasons already."""
    w = WORDS[lang]
    lines = [
        f"  - {sentence(section_failure(inspection, i, s, k), inspection, register.names[i], lang)}"
        for i in rows.tolist()
        for s in np.flatnonzero(inspection.passed_section[i]).tolist()
        for k in np.flatnonzero(~inspection.met[i, s]).tolist()
    ]
    if lines:
        yield ""
        yield w["missing"]
        yield from lines


def _unchecked(inspection: Inspection) -> list[str]:
    """Return the keys of what is not known in any county."""
    nowhere = [key for key, r in inspection.items.items() if (r.state == NOT_MODELLED).all()]
    return nowhere + list(inspection.standards.other)


def _item(inspection: Inspection, key: str, lang: str) -> str:
    zh = lang == "zh"
    if key in inspection.standards.other:
        return inspection.standards.other[key][zh]
    item = inspection.items[key].item
    return f"{item_name(key, lang)} {item.text_zh if zh else item.text}"


def _stage(s: int, lang: str) -> str:
    return (STAGES_ZH if lang == "zh" else STAGES)[s]


def _kind(code: int, lang: str) -> str:
    return KINDS_ZH[code] if lang == "zh" else SCHOOL_KINDS[code].replace("_", " ")


def _aligned(rows: list[tuple[str, ...]], left: int) -> Iterator[str]:
    """Yield rows with columns under each other, the first `left` of them to the left. Chinese is two wide."""
    widths = [max(_width(row[j]) for row in rows) for j in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) if j < left else " " * (width - _width(cell)) + cell
            for j, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)
