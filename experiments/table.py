"""The end table in words, English or Chinese, from what `summary.summarise` returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from unicodedata import east_asian_width

from results.measures import needs_whole_schools

LANGUAGES = ("en", "zh")
FEW = 10  # runs below which an 80 % interval is nearly smallest to largest
WORDS: dict[str, tuple[str, str]] = {
    "pupils": ("Pupils, thousand", "在校生（千人）"),
    "pupil_teacher_ratio": ("Pupils per teacher", "生师比"),
    "class_size": ("Pupils per class", "平均班额（人）"),
    "score_mean": ("Mean score, SD", "平均成绩（标准差）"),
    "gap.urban_rural": ("Gap urban minus rural, SD", "城乡差距（城区减农村，标准差）"),
    "gap.left_behind": ("Gap others minus left-behind, SD", "留守差距（非留守减留守，标准差）"),
    "gap.ses_top_bottom": ("Gap by family background, SD", "家庭背景差距（前后五分之一，标准差）"),
    "between_share": ("Share of variance between schools", "校际方差占比"),
    "retention": ("Nine-year retention, %", "九年巩固率（%）"),
    "schools_passing_share": ("School stages that pass, %", "达标学校学段占比（%）"),
    "county_passed": ("Counties that pass what is modelled this year, %", "当年通过已建模项目的县占比（%）"),
    "counties_certified": (
        "Counties that passed what is modelled so far ({scope}of {counties})",
        "累计通过已建模项目的县（{scope}共{counties}个）",
    ),
    "scope": ("{n} of {all} items; ", "{all}项中{n}项，"),
    "counties_certified_without": ("  the same {without}", "  其中{without}"),
    "cost": ("Cost of the policies, million yuan a year", "政策费用（百万元/年）"),
    "region": ("Region", "地区"),
    "minus": ("{arm} minus {minus}, {year}", "{year}年：{arm}减{minus}"),
    "blockers": (
        "What keeps most counties from passing what is modelled in {year}: {arm}",
        "{year}年未通过已建模项目的主要原因：{arm}",
    ),
    "counties": ("{n} of {counties} counties", "{counties}个县中{n}个"),
    "schools": ("; {share} of the {stage} schools there", "；占这些县{stage}学校的{share}"),
    "by_construction": (", whatever their schools do: no policy of this arm acts on it", "，由方案设定决定：该方案无相应政策"),
    "indicator": ("{stage} schools below the threshold: {label}", "{stage}有学校未达标：{label}"),
    "cv": ("{stage} schools too unequal: {label}", "{stage}校际差异系数超标：{label}"),
    "government": ("item {number}: {label}", "政府保障程度第{number}项：{label}"),
    "quality": ("quality item {number}: {label}", "教育质量第{number}项：{label}"),
    "primary": ("primary", "小学"),
    "junior": ("junior secondary", "初中"),
    "targets": ("What the document promises", "文件目标"),
    "target": ("{title}, {year} (clause {clause})", "{title}，{year}年（条款{clause}）"),
    "met": ("met", "达到"),
    "missed": ("not met", "未达到"),
    "partly": ("met in {share} of runs", "{share}的运行达到"),
    "unknown": ("not reached by these years", "未模拟到该年"),
    "withheld": ("withheld: needs whole schools", "不予给出：需完整学校"),
    "one_run": (
        "One run an arm: figures without interval. --seeds 1:20 adds chance, --draws 1:20 the uncertain parameters.",
        "每方案仅一次运行，无区间。--seeds 1:20 给出随机波动，--draws 1:20 再加参数不确定性。",
    ),
    "chance": (
        "Median [interval that holds {share} of {runs} runs an arm]. It contains chance only (seeds), "
        "not the uncertainty of the evidence; --draws 1:20 adds it.",
        "中位数［{share}区间，每方案{runs}次运行］。区间只含随机波动（种子），"
        "不含参数不确定性；加 --draws 1:20 可纳入。",
    ),
    "chance+parameters": (
        "Median [interval that holds {share} of {runs} runs an arm]. It contains chance (seeds) and "
        "uncertain parameters (draws).",
        "中位数［{share}区间，每方案{runs}次运行］。区间含随机波动（种子）和参数不确定性（抽样）。",
    ),
    "parameters": (
        "Median [interval that holds {share} of {runs} runs an arm]. It contains uncertain parameters only (draws), "
        "not chance; --seeds 1:5 adds it.",
        "中位数［{share}区间，每方案{runs}次运行］。区间只含参数不确定性（抽样），不含随机波动；"
        "加 --seeds 1:5 可纳入。",
    ),
    "few": (
        "With so few runs the interval is rough.",
        "运行次数少，区间较粗略。",
    ),
    "honest": (
        "Synthetic schools; neither a forecast nor an evaluation of any real official, school or group.",
        "学校为合成数据；本结果不是预测，也不是对任何真实官员、学校或群体的评价。",
    ),
    "sample": (
        "A sample of {share} of the children is another model: every school is thinned. What needs whole schools (classes, "
        "seats, the evaluation, money) is withheld: {withheld}. A quick look with whole schools: --only and some counties.",
        "抽样{share}的学生并非同一模型：各校均被抽稀。依赖完整学校的指标（班级、学位、评估、经费）不予给出：{withheld}。"
        "如需快速查看，请用 --only 指定部分县。",
    ),
    "only": ("{areas} only: {n} of {of} counties", "仅{areas}：{of}个县中的{n}个"),
    "only_note": (
        "Only these counties are run, every child of them; money, posts and movers are those of the whole region. Promises "
        "are held against these counties alone.",
        "仅模拟上述县的全部学生；经费、编制与人口流动仍按全省（区）计算；文件目标亦仅按上述县衡量。",
    ),
    "none": ("nothing: every county passes what is modelled", "无：所有县均通过已建模的项目"),
}  # fmt: skip
# how each line's value is written: factor and decimals
FORMATS: dict[str, tuple[float, int]] = {
    "pupils": (1e-3, 0),
    "pupil_teacher_ratio": (1, 2),
    "class_size": (1, 1),
    "score_mean": (1, 3),
    "gap.urban_rural": (1, 3),
    "gap.left_behind": (1, 3),
    "gap.ses_top_bottom": (1, 3),
    "between_share": (1, 3),
    "retention": (100, 2),
    "schools_passing_share": (100, 1),
    "county_passed": (100, 1),
    "counties_certified": (1, 0),
    "counties_certified_without": (1, 0),
    "cost": (1e-6, 0),
}


def write_table(summary: dict[str, Any], lang: str = "en") -> str:
    """Return the end table: arms by years, differences, targets, what blocks counties, and what the interval means."""
    say = _sayer(lang)
    parts = [summary["title_zh"] if lang == "zh" else summary["title"]]
    if summary.get("only"):
        parts.append(say("only", areas=_areas(summary, lang), n=summary["only"]["counties"], of=summary["only"]["of"]))
    parts += ["", *_years_table(summary, say, lang)]
    parts += _differences(summary, say, lang)
    parts += _targets(summary, say, lang)
    told = summary["construction"]
    if told is not None:
        parts += ["", *told["words_zh" if lang == "zh" else "words"]]
    parts += _blockers(summary, say, lang)
    interval = summary["interval"]
    kind = "one_run" if interval["runs"] <= 1 else interval["kind"]
    parts += ["", say(kind, share=f"{interval['share']:.0%}", runs=interval["runs"])]
    if 1 < interval["runs"] < FEW:
        parts[-1] += (" " if lang == "en" else "") + say("few")
    if summary["sample"] < 1:
        names = ("、" if lang == "zh" else ", ").join(summary["withheld"])
        parts.append(say("sample", share=f"{summary['sample']:.3g}", withheld=names))
    if summary.get("only"):
        parts.append(say("only_note"))
    parts.append(say("honest"))
    return "\n".join(parts)


def _areas(summary: dict[str, Any], lang: str) -> str:
    """Return the names of the counties and prefectures that are run."""
    names = [area["name" if lang == "zh" else "name_en"] for area in summary["only"]["areas"]]
    return ("、" if lang == "zh" else ", ").join(names)


def _sayer(lang: str) -> Callable[..., str]:
    at = LANGUAGES.index(lang)
    return lambda key, **values: WORDS[key][at].format(**values)


def _title(summary: dict[str, Any], name: str, lang: str) -> str:
    arm = next(a for a in summary["arms"] if a["name"] == name)
    return str(arm["title_zh"] if lang == "zh" else arm["title"])


def _label(summary: dict[str, Any], measure: str, say: Callable[..., str], lang: str) -> str:
    told, modelled = summary["construction"] or {}, summary["modelled"] or {}
    scope = say("scope", n=len(modelled["items"]), all=modelled["of"]) if modelled.get("items") else ""
    without = told.get("without_zh" if lang == "zh" else "without", "")
    return say(measure, counties=summary["counties"], scope=scope, without=without)


def _years_table(summary: dict[str, Any], say: Callable[..., str], lang: str) -> list[str]:
    years = summary["years"]
    rows: list[list[str]] = [["", *(str(year) for year in years)]]
    for arm in summary["arms"]:
        rows.append([_title(summary, arm["name"], lang)])
        for line in arm["lines"]:
            label = _label(summary, line["measure"], say, lang)
            rows.append(["  " + label, *(cell(line["measure"], line["values"][year]) for year in years)])
        if arm["policies"] and "cost" not in summary["withheld"]:
            rows.append(["  " + say("cost"), *(cell("cost", arm["cost_yuan"][year]) for year in years)])
    return align(rows)


def _differences(summary: dict[str, Any], say: Callable[..., str], lang: str) -> list[str]:
    parts: list[str] = []
    for name in dict.fromkeys(d["arm"] for d in summary["differences"]):
        found = [d for d in summary["differences"] if d["arm"] == name and d["measure"] != "pupils"]
        if not found:
            continue
        arm, minus = _title(summary, name, lang), _title(summary, found[0]["minus"], lang)
        rows = [["  " + _label(summary, d["measure"], say, lang), cell(d["measure"], d, signed=True)] for d in found]
        parts += ["", say("minus", arm=arm, minus=minus, year=found[0]["year"]), *align(rows)]
    return parts


def _targets(summary: dict[str, Any], say: Callable[..., str], lang: str) -> list[str]:
    if not summary["targets"]:
        return []
    parts = ["", say("targets")]
    for target in summary["targets"]:
        title = (target["title_zh"] if lang == "zh" else target["title"]) or target["measure"]
        parts.append("  " + say("target", title=title, year=target["year"], clause=target["clause"]))
        rows = []
        for name, found in target["arms"].items():
            share = found["share_of_runs_met"]
            if share is None and summary["sample"] < 1 and needs_whole_schools(target["measure"]):
                word = "withheld"
            else:
                word = "unknown" if share is None else "met" if share == 1 else "missed" if share == 0 else "partly"
            value = "" if found["median"] is None else f"{found['median']:.1%}"
            rows.append(["    " + _title(summary, name, lang), value, say(word, share=f"{share or 0:.0%}")])
        parts += align(rows)
    return parts


def _blockers(summary: dict[str, Any], say: Callable[..., str], lang: str) -> list[str]:
    parts: list[str] = []
    for arm in summary["arms"]:
        if not arm["runs"] or summary["sample"] < 1:  # who passes is withheld in a sample
            continue
        year = summary["years"][-1]
        parts += ["", say("blockers", year=year, arm=_title(summary, arm["name"], lang))]
        rows = []
        for record in arm["blockers"]:
            what = say("counties", n=f"{record['counties']:.0f}", counties=summary["counties"])
            if record["schools_share"] is not None:
                stage = say(record["code"].split(".")[1])
                what += say("schools", share=f"{record['schools_share']:.0%}", stage=stage)
            if record["by_construction"]:
                what += say("by_construction")
            rows.append(["  " + reason(record["code"], say, lang), what])
        parts += align(rows, left=True) if rows else ["  " + say("none")]
    return parts


def reason(code: str, say: Callable[..., str], lang: str) -> str:
    """Return the words for a failure code: an indicator, a coefficient of variation, or an item of the list."""
    from sim.evaluation.standards import load_standards

    standards = load_standards()
    kind, *rest = code.split(".")
    if kind in ("indicator", "cv"):
        stage, key = rest
        found = next(i for i in standards.indicators if i.key == key)
        return say(kind, label=found.label_zh if lang == "zh" else found.label, stage=say(stage))
    item = next(i for i in standards.items if i.key == code)
    return say(kind, number=rest[0], label=item.text_zh if lang == "zh" else item.text)


def cell(measure: str, value: dict[str, Any], signed: bool = False) -> str:
    """Return a value with its interval as text, "-" when there is none."""
    if value["median"] is None:
        return "-"
    factor, decimals = FORMATS[measure]
    sign = "+" if signed else ""

    def number(x: float) -> str:
        shown = round(x * factor, decimals) + 0.0  # no "-0.000"
        return f"{shown:{sign},.{decimals}f}"

    if value["low"] is None:
        return number(value["median"])
    return f"{number(value['median'])} [{number(value['low'])}, {number(value['high'])}]"


def align(rows: Sequence[Sequence[str]], left: bool = False) -> list[str]:
    """Return the rows as lines: first column flush left, the others flush right (or left); Chinese counts double."""
    columns = max((len(row) for row in rows), default=0)
    widths = [max((width(row[i]) for row in rows if i < len(row) > 1), default=0) for i in range(columns)]
    lines = []
    for row in rows:
        cells = [row[0] + " " * (widths[0] - width(row[0]))] if row else []
        for i, text in enumerate(row[1:], 1):
            gap = " " * (widths[i] - width(text))
            cells.append(text + gap if left else gap + text)
        lines.append("  ".join(cells).rstrip())
    return lines


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
