"""What figures are drawn from: the numbers of one experiment, and the words that every figure says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from results.compare import CONTENT
from results.fonts import printable

if TYPE_CHECKING:
    import pandas as pd

# Okabe and Ito (2008), Color Universal Design; grey for the first arm, which others are read against
COLOURS = ("#555555", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B37D00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
PAGE = 6  # arms in one picture: the first, which others are read against, and five more
MANY = 8  # numbers of seeds or draws that are listed one by one at most


@dataclass(frozen=True)
class Story:
    """What figures are drawn from.

    spread: `compare.over_runs` of the region's values; cost: the cost table, or None
    pairs: `compare.compare` of the other arms against the first, None when there is one arm or no draw in common
    facts: the record of the experiment as `Store.experiments` gives it; code: version of the code that made the runs
    region: its name for people; areas: names of the counties and prefectures that were run, () = the whole region
    lang: en or zh
    built: `construction.construction` of the experiment: which counts follow from how the arms are made; None = unknown
    shown: the arms of one page, () = all
    """

    spread: pd.DataFrame
    cost: pd.DataFrame | None
    facts: dict[str, Any]
    code: str
    region: str
    lang: str
    pairs: pd.DataFrame | None = None
    areas: tuple[str, ...] = ()
    built: Any = None
    shown: tuple[str, ...] = ()

    def say(self, en: str, zh: str) -> str:
        """Return the text in the language of the figures."""
        return en if self.lang == "en" else zh

    @property
    def arms(self) -> list[str]:
        """Arms that hold values, in the order of the command; those of this page when it is one of several."""
        there = set(self.spread["arm"])
        return [arm for arm in self.facts["arms"] if arm in there and (not self.shown or arm in self.shown)]

    @property
    def years(self) -> list[int]:
        """The years that hold values, in order."""
        return sorted({int(year) for year in self.spread["year"]})

    def arm_label(self, arm: str) -> str:
        """Return the title of an arm, or its name when the scenario gives none; what cannot be drawn is escaped."""
        titles = self.facts["spec"].get("arm_titles", {}).get(arm, ["", ""])
        return printable(titles[self.lang == "zh"] or arm)

    def place(self, arm: str) -> int:
        """Return which of the styles an arm has: the first arm its own, the others five in turn."""
        at = list(self.facts["arms"]).index(arm)
        return 0 if at == 0 else 1 + (at - 1) % (PAGE - 1)

    def style(self, arm: str) -> dict[str, Any]:
        """Return colour and dashes of an arm."""
        at = self.place(arm)
        return {"color": COLOURS[at], "linestyle": DASHES[at]}

    def marker(self, arm: str) -> str:
        """Return the marker of an arm."""
        return MARKERS[self.place(arm)]

    def rows(self, measure: str, stage: str, group: str = "all", arm: str | None = None) -> pd.DataFrame:
        """Return the spread of one series of the region, by year; empty when there is none."""
        s = self.spread
        keep = (s["measure"] == measure) & (s["stage"] == stage) & (s["group"] == group)
        keep &= s["arm"].isin(self.arms) if arm is None else s["arm"] == arm
        return s[keep].sort_values("year")

    def apart(self, measure: str, stage: str, arm: str) -> pd.DataFrame:
        """Return what an arm changes against the first one, by year, pair by pair; empty when there is nothing."""
        p = self.pairs
        if p is None:
            return self.spread.iloc[:0]
        keep = (p["measure"] == measure) & (p["stage"] == stage) & (p["group"] == "all") & (p["arm"] == arm)
        return p[keep].sort_values("year")

    def subtitle(self) -> str:
        """Return what was run: years, which children and areas, seeds, draws."""
        first, last = self.years[0], self.years[-1]
        span = str(first) if first == last else self.say(f"{first}-{last}", f"{first}—{last}")
        sample = float(self.facts["spec"].get("sample", 1.0))
        parts = [self.say(span, f"{span} 年")]
        if self.areas:
            parts.append(self.say("only ", "仅") + self.say(", ", "、").join(printable(name) for name in self.areas))
        every = self.say("every child", "全体学生")
        parts.append(
            every if sample >= 1 else self.say(f"a sample of {sample:.3g} of the children", f"抽样比例 {sample:.3g}")
        )
        for en, en_many, zh, numbers in (
            ("seed", "seeds", "随机种子", self.facts["seeds"]),
            ("draw", "draws", "参数抽样", [n for n in self.facts["draws"] if n]),
        ):
            if numbers:
                parts.append(f"{self.say(en if len(numbers) == 1 else en_many, zh)} {listed(numbers)}")
        return self.say(", ", "；").join(parts)

    def note(self, shapes: str = "lines") -> str:
        """Return the sentences below a figure: what is synthetic, what the intervals contain, where it comes from.

        shapes: how the figure shows runs, see `interval`
        """
        return self.say(
            "Simulation: synthetic schools, teachers and children made from published county and provincial facts; "
            f"not a forecast. {self.interval(shapes)} Source: Junheng, experiment {self.facts['id']} "
            f"({printable(str(self.facts['scenario']))}), code / data {self.code}.",
            f"模拟结果：学校、教师与学生均由公开的县、省数据合成，并非预测。{self.interval(shapes)}"
            f"来源：均衡（Junheng）实验 {self.facts['id']}"
            f"（{printable(str(self.facts['scenario']))}），程序 / 数据版本 {self.code}。",
        )

    def interval(self, shapes: str) -> str:
        """Return the sentence that says what the intervals of a figure show and contain.

        shapes: `lines` with two bands, `points` with a bar, `medians` alone, or for differences of pairs `forest`
            (points with two bars) and `differences` (lines with two bands)
        """
        runs = int(self.spread["runs"].max())
        if runs < 2:
            return self.say("One run for each arm: no interval is shown.", "每个方案仅运行一次：不显示区间。")
        content = CONTENT[self.lang][self.facts["interval"]]
        pairs = 0 if self.pairs is None else int(self.pairs["pairs"].max())
        return {
            "lines": self.say(
                f"Lines: median of {runs} runs; bands: 80 % (dark) and 95 % (light) of runs; they contain {content}.",
                f"线为 {runs} 次运行的中位数；深、浅色带为 80% 与 95% 的运行结果，包含：{content}。",
            ),
            "points": self.say(
                f"Points: median of {runs} runs; bar around the last year: 95 % of runs; it contains {content}.",
                f"点为 {runs} 次运行的中位数；末年色条为 95% 的运行结果，包含：{content}。",
            ),
            "medians": self.say(
                f"Median of {runs} runs, which vary by {content}.",
                f"为 {runs} 次运行的中位数；各次运行之间的差异：{content}。",
            ),
            "forest": self.say(
                f"Points: median of {pairs} pairs of runs with the same seed and draw; bars: 80 % (thick) and 95 % (thin) of "
                f"pairs; they contain {content}. A point is filled where the 95 % lie on one side of zero.",
                f"点为 {pairs} 对同种子、同参数抽样运行之差的中位数；粗、细线为 80% 与 95% 的配对结果，包含：{content}。"
                "95% 区间不含零时为实心点。",
            ),
            "differences": self.say(
                f"Lines: median of {pairs} pairs of runs with the same seed and draw; bands: 80 % (dark) and 95 % (light) of "
                f"pairs; they contain {content}.",
                f"线为 {pairs} 对同种子、同参数抽样运行之差的中位数；深、浅色带为 80% 与 95% 的配对结果，包含：{content}。",
            ),
        }[shapes]


def listed(numbers: Sequence[int]) -> str:
    """Return whole numbers as short text: 1-5 for a row of numbers, 1, 3, 8 for few others, else how many."""
    ordered = sorted(numbers)
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]}-{ordered[-1]}"
    if len(ordered) <= MANY:
        return ", ".join(str(n) for n in ordered)
    return f"{ordered[0]}, {ordered[1]} ... {ordered[-1]} ({len(ordered)})"
