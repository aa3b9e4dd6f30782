"""Print the tables of docs/results_guizhou_xinjiang.md from results databases, as Markdown.

    python docs/examples/results_tables.py gaps page.db
    python docs/examples/results_tables.py all page.db --make      # first runs what is missing: half an hour, 2 GB

With `--write docs/results_guizhou_xinjiang.md` tables and pictures of the page are replaced by those of the database.

It is also an example of how to read a results database from Python: everything comes from `junheng.open`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import junheng

REGIONS = {"guizhou": "Guizhou", "xinjiang": "Xinjiang"}
SMALL = {"guizhou": "织金县", "xinjiang": "博湖县"}
HERE = Path(__file__).parent
# scenario, seeds, draws: every run that a table of the page needs
RUNS = [(scenario, "1:3", None) for scenario in REGIONS]
RUNS += [(str(HERE / f"{region}_{kind}.toml"), "1:3", None) for region in REGIONS for kind in ("slacken", "posts")]
RUNS += [(str(HERE / f"{region}_one_by_one.toml"), "1", None) for region in REGIONS]
DRAWN = [(scenario, "1", "1:40") for scenario in REGIONS]
Rows = list[list[str]]


class Found:
    """One experiment of a database: its values as plain numbers."""

    def __init__(self, db: str, scenario: str, drawn: bool = False) -> None:
        """Take the newest experiment of a scenario, with draws of the parameters or without."""
        self.store = junheng.open(db)
        there = [e for e in self.store.experiments() if e["scenario"] == scenario and bool(e["draws"]) == drawn]
        if not there:
            raise SystemExit(f"{db} holds no runs of {scenario}{' with draws' if drawn else ''}: run it first")
        self.id = int(there[-1]["id"])
        self.last = int(there[-1]["spec"]["years"][1])
        self.seed = min(there[-1]["seeds"])

    def values(self, measure: str, arm: str, year: int, stage: str = "compulsory", group: str = "all") -> list[float]:
        """Return a measure of the region in a year, one number a run. A year after the last is the last."""
        found = self.store.frame(
            self.id, measures=[measure], levels=["region"], stages=[stage], groups=[group], arms=[arm],
            years=[min(year, self.last)],
        )  # fmt: skip
        return [float(x) for x in found["value"]]

    def failing(self, code: str, arm: str, year: int) -> list[float]:
        """Return how many counties fail something in a year, one number a run, by the codes of `county_inspection`."""
        table = self.store.table("county_inspection", self.id)
        table = table[(table["arm"] == arm) & (table["year"] == min(year, self.last))]
        hit = table["failures"].astype(str).str.contains(f'"{code}"', regex=False)
        return [float(x) for x in hit.groupby([table["seed"], table["draw"]]).sum()]


def median(values: Sequence[float]) -> float:
    """Return the median, NaN of nothing."""
    ordered = sorted(values)
    n = len(ordered)
    return float("nan") if not n else (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def reach(values: Sequence[float], digits: int = 0) -> str:
    """Return lowest and highest of the runs, or one number where they agree."""
    low, high = (f"{x:.{digits}f}" for x in (min(values), max(values)))
    return low if low == high else f"{low}-{high}"


def inner(values: Sequence[float], digits: int, sign: bool = False) -> str:
    """Return the median and the inner 80 % of the runs."""
    import numpy as np

    spec = f"{'+' if sign else ''}.{digits}f"
    low, high = np.percentile(values, [10, 90])
    return f"{median(values):{spec}} ({low:{spec}}, {high:{spec}})"


def gaps(db: str) -> Rows:
    """Gaps and levels, first and last year."""
    lines = (
        ("gap urban - rural, SD", "gap.urban_rural", 1, 3),
        ("share of variance between schools", "between_share", 1, 3),
        ("gap others - left-behind, SD", "gap.left_behind", 1, 3),
        ("gap by family background, SD", "gap.ses_top_bottom", 1, 3),
        ("mean score, SD", "score_mean", 1, 3),
        ("nine-year retention, %", "retention", 100, 2),
    )
    found = {region: Found(db, region) for region in REGIONS}
    last = max(f.last for f in found.values())
    columns = [(region, arm) for region in REGIONS for arm in ("baseline", "plan")]
    head = [
        f"2024 -> {last}, compulsory stages",
        *(f"{REGIONS[r]} {'base' if a == 'baseline' else a}" for r, a in columns),
    ]
    rows = [head]
    for label, measure, factor, digits in lines:
        cells = []
        for region, arm in columns:
            ends = [median(found[region].values(measure, arm, year)) * factor for year in (2024, last)]
            cells.append(" -> ".join(f"{x:.{digits}f}" for x in ends))
        rows.append([label, *cells])
    return rows


def certified(db: str) -> Rows:
    """Counties certified so far, and passing in the year."""
    rows = [["", "base 2035", "plan 2027", "plan 2030", "plan 2035", "target"]]
    for region, name in REGIONS.items():
        found = Found(db, region)
        for words, measure in (("certified so far", "counties_certified"), ("passing in that year", "counties_passed")):
            total = (
                f" (of {median(found.values('counties', 'plan', 2035)):.0f})" if measure == "counties_certified" else ""
            )
            cells = []
            for arm, year in (("baseline", 2035), ("plan", 2027), ("plan", 2030), ("plan", 2035)):
                values = found.values(measure, arm, year)
                text = reach(values)
                cells.append(
                    text if measure != "counties_certified" or "-" not in text else f"{median(values):.0f} ({text})"
                )
            goal = targets(found) if measure == "counties_certified" else ""
            rows.append([f"{name}, {words}{total}", *cells, goal])
    return rows


def targets(found: Found) -> str:
    """Return the targets of the document for certified counties, and whether the plan meets them in every run."""
    spec = next(e["spec"] for e in found.store.experiments() if e["id"] == found.id)
    said = []
    for target in spec["targets"]:
        scale = {"counties_certified": 1.0, "counties_certified_share": median(found.values("counties", "plan", 2035))}
        if target["measure"] in scale:
            wanted = ceil(target["value"] * scale[target["measure"]] - 1e-9)
            met = min(found.values("counties_certified", "plan", target["year"])) >= wanted
            said.append(f"{wanted} in {target['year']}: {'met' if met else 'missed'}")
    return "; ".join(said)


def assumptions(db: str) -> Rows:
    """What two assumptions do to the counts: certified counties slacken, posts fall faster."""
    kinds = {"default": "{}", "slacken": "{}_slacken", "posts 5 %": "{}_posts"}
    found = [Found(db, kind.format(region)) for region in REGIONS for kind in kinds.values()]
    short = "indicator.primary.teachers_above_required_degree"

    def of(f: Found, measure: str, arm: str, stage: str = "compulsory") -> list[float]:
        return f.values(measure, arm, 2035, stage)

    def ratios(f: Found) -> str:
        return ", ".join(f"{median(of(f, 'pupil_teacher_ratio', 'baseline', s)):.1f}" for s in ("primary", "junior"))

    lines: list[tuple[str, Callable[[Found], str]]] = [
        ("certified so far, plan", lambda f: reach(of(f, "counties_certified", "plan"))),
        ("passing in 2035, plan", lambda f: reach(of(f, "counties_passed", "plan"))),
        ("school stages that pass, plan, %", lambda f: f"{100 * median(of(f, 'schools_passing_share', 'plan')):.1f}"),
        ("failing the item on class size, plan", lambda f: reach(f.failing("government.5", "plan", 2035))),
        ("primary schools short of teachers above the required degree, counties, base",
         lambda f: reach(f.failing(short, "baseline", 2035))),
        ("pupils per teacher, base: primary, junior", ratios),
    ]  # fmt: skip
    head = ["", *(f"{name} {kind}" for name in REGIONS.values() for kind in kinds)]
    return [head, *([label, *(make(f) for f in found)] for label, make in lines)]


def arms(db: str) -> Rows:
    """The plan with one policy left out, and policies alone: certified by 2035, in brackets passing in 2035."""
    found = {name: Found(db, f"{region}_one_by_one") for region, name in REGIONS.items()}
    titles = {
        "plan": "plan", "rotation_cap": "rotation and class cap alone", "without_rotation": "plan without rotation",
        "without_cap": "plan without the class cap", "rotation_alone": "rotation alone", "cap_alone": "class cap alone",
        "pairing_alone": "pairing alone", "without_standardisation": "plan without standardisation",
        "without_pairing": "plan without pairing", "without_staffing": "plan without staffing",
        "without_aid": "plan without aid", "without_groups": "plan without groups",
        "without_allowance": "plan without the allowance",
    }  # fmt: skip
    rows = [["arm", *found, *(f"{name}, gap urban - rural against base" for name in found)]]
    for arm, title in titles.items():
        cells, apart = [], []
        for f in found.values():
            counts = [median(f.values(measure, arm, 2035)) for measure in ("counties_certified", "counties_passed")]
            cells.append(f"{counts[0]:.0f} ({counts[1]:.0f})" if counts[0] else "0")
            gap = [median(f.values("gap.urban_rural", a, 2035)) for a in (arm, "baseline")]
            apart.append(f"{gap[0] - gap[1]:+.3f}")
        rows.append([title, *cells, *apart])
    return rows


def without_items(db: str) -> Rows:
    """Counts judged without the items on class size and on rotation, which no arm without such a policy can pass."""
    from results.construction import construction

    items = ("government.5", "government.11")
    rows = [["certified by 2035, passing in 2035", "base", "plan"]]
    for region, name in REGIONS.items():
        found = Found(db, region)
        verdicts = construction(found.store, found.id).arms
        cells = []
        for arm in ("baseline", "plan"):
            counts = [[run.so_far(items)[found.last], run.passing(items)[found.last]] for run in verdicts[arm]]
            cells.append(", ".join(reach(column) for column in zip(*counts, strict=True)))
        rows.append([f"{name}, without items 5 and 11", *cells])
    return rows


def norms(db: str) -> Rows:
    """Counties of Guizhou whose primary schools miss a norm in 2035, first seed."""
    one, posts, slack = (Found(db, f"guizhou_{kind}") for kind in ("one_by_one", "posts", "slacken"))
    columns = [
        ("base", one, "baseline"), ("rotation alone", one, "rotation_alone"), ("cap alone", one, "cap_alone"),
        ("rotation and cap", one, "rotation_cap"), ("plan", one, "plan"), ("base, posts 5 %", posts, "baseline"),
        ("rotation alone, posts 5 %", posts, "rotation_alone"), ("plan, slacken", slack, "plan"),
    ]  # fmt: skip
    names = {
        "teachers_above_required_degree": "teachers above the required degree",
        "backbone_teachers": "backbone teachers",
        "pe_art_teachers": "PE and art teachers",
    }
    rows = [["primary schools short of", *(title for title, _, _ in columns)]]
    for key, name in names.items():
        rows.append([name, *(f"{f.failing(f'indicator.primary.{key}', arm, 2035)[0]:.0f}" for _, f, arm in columns)])
    return rows


def draws(db: str) -> Rows:
    """What the uncertain parameters do: median and inner 80 % over the draws, and the difference draw by draw."""
    found = {region: Found(db, region, drawn=True) for region in REGIONS}
    lines = (
        ("gap urban - rural, SD", "gap.urban_rural", 1, 3, True),
        ("share of variance between schools", "between_share", 1, 3, True),
        ("nine-year retention, %", "retention", 100, 2, True),
        ("school stages that pass, %", "schools_passing_share", 100, 1, True),
        ("counties certified so far", "counties_certified", 1, 0, False),
        ("counties that pass in the year", "counties_passed", 1, 0, False),
    )
    rows = [
        ["2035", *(f"{name} {what}".strip() for name in REGIONS.values() for what in ("base", "plan", "difference"))]
    ]
    for label, measure, factor, digits, apart in lines:
        cells = []
        for f in found.values():
            base, plan = ([x * factor for x in f.values(measure, arm, 2035)] for arm in ("baseline", "plan"))
            difference = inner([b - a for a, b in zip(base, plan, strict=True)], digits, sign=True) if apart else ""
            cells += [inner(base, digits), inner(plan, digits), difference]
        rows.append([label, *cells])
    return rows


def correlations(db: str) -> Rows:
    """Which drawn parameters go with what the plan does: the three largest rank correlations."""
    from scipy.stats import spearmanr

    rows = [["over the draws", "first", "second", "third"]]
    for region, name in REGIONS.items():
        f = Found(db, region, drawn=True)
        used = [
            run["parameters"]["used"]
            for run in f.store.runs(f.id)
            if run["arm"] == "plan" and run["state"] == "finished"
        ]
        flat = [dict(_numbers(record)) for record in used]
        gap = zip(*(f.values("gap.urban_rural", arm, 2035) for arm in ("baseline", "plan")), strict=True)
        targets = {"counties certified": f.values("counties_certified", "plan", 2035),
                   "counties that pass": f.values("counties_passed", "plan", 2035),
                   "gap, plan - base": [b - a for a, b in gap]}  # fmt: skip
        for what, target in targets.items():
            rho = {
                key: spearmanr([record[key] for record in flat], target).statistic
                for key in flat[0]
                if len({record[key] for record in flat}) > 1 and len(set(target)) > 1
            }
            best = sorted(rho, key=lambda key: -abs(rho[key]))[:3]
            rows.append([f"{name}, {what}", *(f"{key} {rho[key]:+.2f}" for key in best), *[""] * (3 - len(best))])
    return rows


def _numbers(record: Any, prefix: str = "") -> list[tuple[str, float]]:
    """Return the numbers of a nested record by dotted names."""
    if isinstance(record, dict):
        return [pair for key, value in record.items() for pair in _numbers(value, f"{prefix}{key}.")]
    if isinstance(record, list):
        return [
            pair
            for item in record
            for pair in _numbers(item, f"{prefix}{item.get('name', '') + '.' if isinstance(item, dict) else ''}")
        ]
    return (
        [(prefix.rstrip("."), float(record))]
        if isinstance(record, int | float) and not isinstance(record, bool)
        else []
    )


def schools(db: str) -> Rows:
    """School stages that pass the seven indicators, by year."""
    years = (2024, 2027, 2030, 2035)
    rows = [["school stages that pass the seven indicators", *(str(year) for year in years)]]
    for region, name in REGIONS.items():
        f = Found(db, region)
        cells = []
        for year in years:
            base, plan = (100 * median(f.values("schools_passing_share", arm, year)) for arm in ("baseline", "plan"))
            cells.append(f"{base:.1f} / {plan:.1f} %")
        rows.append([f"{name} base / plan", *cells])
    return rows


def money(db: str) -> Rows:
    """Spending a year on average, bn yuan, first seed: the policies, standardisation alone, and counties' own capital."""
    rows = [
        ["bn yuan a year", "policies", "standardisation", "counties' own capital, base", "counties' own capital, plan"]
    ]
    for region, name in REGIONS.items():
        f = Found(db, region)
        table = f.store.table("cost", f.id)
        table = table[table["seed"] == f.seed]
        n = table["year"].nunique() * 1e9

        def of(arm: str, chosen: Any, table: Any = table, n: float = n) -> str:
            return f"{table[(table['arm'] == arm) & chosen(table['item'].astype(str))]['yuan'].sum() / n:.1f}"

        own = [of(arm, lambda item: item == "base.capital") for arm in ("baseline", "plan")]
        rows.append([name, of("plan", lambda item: ~item.str.startswith("base.")),
                     of("plan", lambda item: item == "standardisation"), *own])  # fmt: skip
    return rows


TABLES: dict[str, Callable[[str], Rows]] = {
    "gaps": gaps, "certified": certified, "assumptions": assumptions, "arms": arms, "without_items": without_items,
    "norms": norms, "schools": schools, "money": money, "draws": draws, "correlations": correlations,
}  # fmt: skip


def markdown(rows: Rows) -> str:
    """Return rows as a Markdown table."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def replaced(page: str, tables: dict[str, str]) -> str:
    """Return a page in which the table after each command of this file is the new one."""
    for name, text in tables.items():
        at = page.find(f"results_tables.py {name} ")
        if at >= 0:
            first = page.index("\n|", at) + 1
            end = page.find("\n\n", first)
            page = page[:first] + text + page[end:]
    return page


def pictures(db: str, folder: Path, drawn: bool) -> None:
    """Draw the pictures of the page into a folder."""
    from tempfile import TemporaryDirectory

    from results.figures import draw_all

    wanted = [(Found(db, "guizhou"), ("gaps", "certified", "differences"), "")]
    if drawn:
        wanted.append((Found(db, "guizhou", drawn=True), ("certified",), "_draws"))
    for found, names, ending in wanted:
        with TemporaryDirectory() as place:
            for file in draw_all(found.store, found.id, Path(place) / "drawn"):
                if file.stem in names:
                    (folder / f"guizhou_{file.stem}{ending}.png").write_bytes(file.read_bytes())


def make(db: str, drawn: bool, trial: dict[str, Any]) -> None:
    """Run what the tables need and the database lacks. trial: years, draws, one small county each instead of all."""
    for scenario, seeds, wanted in RUNS + (DRAWN if drawn else []):
        county = [SMALL[region] for region in REGIONS if region in Path(scenario).stem]
        junheng.run(
            scenario,
            seeds=seeds,
            draws=wanted and (trial["draws"] or wanted),
            db=db,
            years=trial["years"],
            only=county if trial["small"] else None,
            progress=True,
        )


def main(args: Sequence[str] | None = None) -> None:
    """Print one table, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["all", *TABLES])
    parser.add_argument("db", help="results database")
    parser.add_argument("--make", action="store_true", help="run what is missing first")
    parser.add_argument("--years", help="with --make: other years than 2024:2035, for a trial")
    parser.add_argument("--small", action="store_true", help="with --make: one county of each region, for a trial")
    parser.add_argument("--draws", help="with --make: other draws than 1:40, for a trial")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put tables and pictures into the page")
    given = parser.parse_args(args)
    chosen = list(TABLES) if given.table == "all" else [given.table]
    if given.make:
        trial = {"years": given.years, "small": given.small, "draws": given.draws}
        make(given.db, bool({"draws", "correlations"} & set(chosen)), trial)
    tables = {name: markdown(TABLES[name](given.db)) for name in chosen}
    for name, text in tables.items():
        print(f"{name}\n\n{text}\n" if given.table == "all" else text)
    if given.write:
        given.write.write_text(replaced(given.write.read_text(encoding="utf-8"), tables), encoding="utf-8")
        pictures(given.db, given.write.parent / "img", drawn="draws" in chosen)


if __name__ == "__main__":
    main()
