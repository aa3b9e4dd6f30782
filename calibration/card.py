"""The pass/fail card of a calibration: every anchor with its target, range, what was reached, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import gettext as tr
from typing import Any

from calibration.anchors import ANCHORS, REPORTED, UNPINNED, Anchor

WORDS = {
    "en": {
        "title": "Calibration of the base run: {region}, seeds {seeds}, sample {sample:g}",
        "head": ("anchor", "target", "range", "reached", "over seeds", "verdict", "moved by", "confidence", "source"),
        "verdicts": {"met": "met", "missed": "MISSED", "reported": "reported", "withheld": "withheld"},
        "factors": "Alignment factors", "unpinned": "What no published fact pins down",
        "passed": "Passed: every anchor with a verdict is met.",
        "failed": "Failed: {n} of {of} anchors missed.",
    },
    "zh": {
        "title": "基准运行校准：{region}，种子 {seeds}，抽样 {sample:g}",
        "head": ("锚点", "目标", "范围", "达到", "各种子", "结论", "由何调整", "可信度", "来源"),
        "verdicts": {"met": "符合", "missed": "不符合", "reported": "仅报告", "withheld": "不予判定"},
        "factors": "校准系数", "unpinned": "现有资料无法确定的内容",
        "passed": "通过：所有须判定的锚点均符合。",
        "failed": "未通过：{of}项锚点中有{n}项未达到。",
    },
}  # fmt: skip


# of a sample of the children, which thins every school, these are another model's
WHOLE_SCHOOLS = ("between_share", "between_primary", "between_junior", "between_trend")


@dataclass(frozen=True)
class Line:
    """One anchor on the card. reached: mean over seeds; lowest, highest: over seeds."""

    anchor: Anchor
    reached: float
    lowest: float
    highest: float
    sample: float = 1.0

    @property
    def verdict(self) -> str:
        """met, missed, reported, or withheld in a sample of the children; a value that is missing is missed."""
        if self.anchor.use == REPORTED:
            return "reported"
        if self.sample < 1 and self.anchor.name in WHOLE_SCHOOLS:
            return "withheld"
        return "met" if self.anchor.low <= self.reached <= self.anchor.high else "missed"


def judge(found: Sequence[Mapping[str, float]], sample: float = 1.0) -> list[Line]:
    """Return the card's lines from what each seed's base run came to (`calibration.measures.base_run`).

    sample: share of children; below 1 anchors that need whole schools get no verdict
    """
    lines = []
    for anchor in ANCHORS:
        values = [run[anchor.name] for run in found]
        lines.append(Line(anchor, sum(values) / len(values), min(values), max(values), sample))
    return lines


def passed(lines: Sequence[Line]) -> bool:
    """Return whether no anchor was missed."""
    return all(line.verdict != "missed" for line in lines)


def as_record(
    region: str, seeds: Sequence[int], sample: float, align: Mapping[str, float], lines: Sequence[Line], lang: str
) -> dict[str, Any]:
    """Return the card as one record of plain values, texts in a language (en or zh)."""
    return {
        "region": region, "seeds": list(seeds), "sample": sample, "passed": passed(lines), "factors": dict(align),
        "anchors": [
            {"name": line.anchor.name, "label": line.anchor.label if lang == "en" else line.anchor.label_zh,
             "unit": line.anchor.unit, "target": line.anchor.target, "low": line.anchor.low, "high": line.anchor.high,
             "reached": line.reached, "lowest": line.lowest, "highest": line.highest, "verdict": line.verdict,
             "use": line.anchor.use, "factor": line.anchor.factor, "source": line.anchor.source,
             "confidence": line.anchor.confidence, "note": line.anchor.note}
            for line in lines
        ],
        "unpinned": [text[lang == "zh"] for text in UNPINNED],
    }  # fmt: skip


def as_text(record: Mapping[str, Any], lang: str) -> str:
    """Return the record of `as_record` as text for a terminal."""
    words: dict[str, Any] = WORDS[lang]
    rows = [words["head"]]
    for a in record["anchors"]:
        rows.append(
            (a["label"], _number(a["target"]), f"{_number(a['low'])}..{_number(a['high'])}", f"{a['reached']:.4f}",
             f"{a['lowest']:.4f}..{a['highest']:.4f}", words["verdicts"][a["verdict"]], tr(a["factor"]) if a["factor"] else "-",
             tr(a["confidence"]), tr(a["source"]))
        )  # fmt: skip
    missed = sum(a["verdict"] == "missed" for a in record["anchors"])
    judged = sum(a["verdict"] in ("met", "missed") for a in record["anchors"])
    factors = ", ".join(f"{name} = {value:.4f}" for name, value in record["factors"].items())
    seeds = ", ".join(map(str, record["seeds"]))
    return "\n".join([
        words["title"].format(region=record["region"], seeds=seeds, sample=record["sample"]), "",
        *_columns(rows), "",
        f"{words['factors']}: {factors}", "",
        f"{words['unpinned']}:", *(f"- {text}" for text in record["unpinned"]), "",
        words["passed"] if not missed else words["failed"].format(n=missed, of=judged),
    ])  # fmt: skip


def _number(value: float) -> str:
    return f"{value:g}"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lay text out in columns; the last one runs free."""
    width = [max(_cells(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  ".join([text + " " * (w - _cells(text)) for text, w in zip(row, width, strict=False)] + [row[-1]])
        for row in rows
    ]


def _cells(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
