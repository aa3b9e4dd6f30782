"""The verbs that read the database, through the command line: experiments, compare, export, figures."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from junheng import cli
from junheng.compare import number
from junheng.experiments import span
from junheng.layout import text_table
from results.figures import FIGURES
from results.store import open_store
from results.tables import LONG_COLUMNS
from tests.results.invented import make, record, run_data, spec


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("verbs") / "r.db"
    make(path, seeds=(1, 2, 3)).close()
    yield str(path)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line and return its exit code, stdout and stderr."""

    def run(*args: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(list(args))
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_experiments(call: Any, db: str) -> None:
    code, out, _ = call("experiments", "--db", db)
    assert code == 0
    assert out.splitlines()[2].split() == ["1", "guizhou", "all", "baseline,", "plan", "1:3", "-", *out.split()[-4:]]
    listed = json.loads(call("experiments", "--db", db, "--json")[1])
    assert [listed[0][k] for k in ("id", "scenario", "arms", "seeds", "state")] == [
        1, "guizhou", ["baseline", "plan"], [1, 2, 3], "finished",
    ]  # fmt: skip
    assert "T" in listed[0]["created"]


def test_compare_as_json(call: Any, db: str) -> None:
    code, out, _ = call("compare", "latest", "--db", db, "--json", "--measure", "gap.urban_rural", "--stage", "junior")
    got = json.loads(out)
    (row,) = got["rows"]
    assert code == 0
    assert row["difference"] == pytest.approx(-0.11)  # 0.01 a year for eleven years
    assert (row["year"], row["pairs"], row["falls"], row["reference"], row["arm"]) == (2035, 3, 1, "baseline", "plan")
    assert got["interval"] if "interval" in got else got["experiment"]["interval"] == "chance"
    assert "chance only" in got["note"]


def test_compare_as_a_table_in_both_languages(call: Any, db: str) -> None:
    code, out, _ = call("compare", "--db", db)
    assert code == 0
    assert "Gap urban - rural" in out
    assert (
        "Experiment 1, guizhou: Guizhou, invented\nGuizhou 520000, 2035, baseline (No new policy) -> plan (The plan)"
        in out
    )
    assert "difference: plan minus baseline with the same seed and draw" in out
    assert out.index("Gap urban - rural") < out.index("Between-school share") < out.index("Counties that passed so far")
    code, out, _ = call("compare", "1", "--db", db, "--lang", "zh", "--level", "county", "--years", "2030:2031")
    assert code == 0
    assert "南明区 520102" in out
    assert "仅随机性" in out


def test_areas_are_named_in_chinese_pinyin_or_by_code(call: Any, db: str) -> None:
    for written in ("南明区", "南明", "nanming qu", "Nanming", "520102", "520102000000"):
        code, out, err = call("compare", "--db", db, "--area", written, "--measure", "gap.urban_rural", "--json")
        assert (code, err) == (0, "")
        assert {(r["level"], r["area"], r["area_name"]) for r in json.loads(out)["rows"]} == {
            ("county", 520102, "南明区")
        }
    code, out, _ = call("compare", "--db", db, "--area", "花溪区", "--area", "520103", "--measure", "gap.urban_rural")
    assert code == 0
    assert [name in out for name in ("Huaxi 520111", "Yunyan 520103", "520102")] == [True, True, False]
    for written, said in (
        ("南民区", "520102 南明区"),  # nearest
        ("白云区", "experiment 1 (guizhou) does not hold 520113 白云区"),  # a county that the database lacks
        ("天山区", "is no area of guizhou"),
    ):
        code, out, err = call("compare", "--db", db, "--area", written)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err


def test_one_seed_has_no_interval_and_says_so(call: Any, tmp_path: Path) -> None:
    make(tmp_path / "one.db", seeds=(4,)).close()
    code, out, _ = call("compare", "--db", str(tmp_path / "one.db"), "--json")
    got = json.loads(out)
    assert code == 0
    assert {row["low95"] for row in got["rows"]} == {None}
    assert "no interval" in got["note"]


def test_export_round_trip(call: Any, db: str, tmp_path: Path) -> None:
    with open_store(db, readonly=True) as store:
        want = store.frame(1)[list(LONG_COLUMNS)]
    read = {
        "csv": lambda p: pd.read_csv(p, float_precision="round_trip"),
        "parquet": pd.read_parquet,
        "json": lambda p: pd.DataFrame(json.loads(p.read_text(encoding="utf-8"))),
    }
    for kind, reader in read.items():
        out = tmp_path / f"long.{kind}"
        code, _, err = call("export", "--db", db, "--format", kind, "--out", str(out))
        assert (code, f"{len(want):,} rows" in err) == (0, True)
        got = reader(out)
        assert list(got.columns) == list(LONG_COLUMNS)
        pd.testing.assert_frame_equal(got, want, check_dtype=False, check_exact=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["long.csv", "long.json", "long.parquet"]


def test_the_exported_csv_is_typed_rightly_by_readers_that_guess(call: Any, db: str, tmp_path: Path) -> None:
    out = tmp_path / "long.csv"
    assert call("export", "--db", db, "--out", str(out))[0] == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbfscenario,")  # Excel takes it for UTF-8 then
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas warns of a column of two types
        got = pd.read_csv(out)
        small = pd.read_csv(out, low_memory=True, chunksize=50)
        kinds = {str(part["area"].dtype) for part in small}
    with open_store(db, readonly=True) as store:
        want = store.frame(1, levels=["county"], areas=["520102"])
    assert (str(got["area"].dtype), kinds) == ("int64", {"int64"})
    assert (got["area"] == 520102).sum() == len(want) == (got["area_name"] == "南明区").sum() > 0
    assert got["area_name"].map(type).eq(str).all()
    assert set(got.loc[got["level"] == "region", "area"]) == {520000}


def test_export_of_some_areas(call: Any, db: str, tmp_path: Path) -> None:
    out = tmp_path / "two.csv"
    code, _, _ = call("export", "--db", db, "--out", str(out), "--area", "Huaxi", "--area", "贵州")
    got = pd.read_csv(out)
    assert code == 0
    assert set(zip(got["level"], got["area"], strict=True)) == {("region", 520000), ("county", 520111)}


def test_no_text_of_a_csv_file_is_run_by_a_spreadsheet(call: Any, tmp_path: Path) -> None:
    db = tmp_path / "r.db"
    make(db, seeds=(1,)).close()
    evil = ("=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", "\t=1")
    with open_store(db) as store, store.engine.begin() as connection:
        for at, text in enumerate(evil):
            connection.exec_driver_sql("UPDATE series SET unit = ? WHERE id = ?", (text, at + 1))
        connection.exec_driver_sql("UPDATE run SET arm = ? WHERE arm = 'plan'", (evil[0],))
    assert call("export", "--db", str(db), "--out", str(tmp_path / "x.csv"))[0] == 0
    assert call("export", "--db", str(db), "--out", str(tmp_path / "x.parquet"))[0] == 0
    got, raw = pd.read_csv(tmp_path / "x.csv", dtype=str), pd.read_parquet(tmp_path / "x.parquet")
    texts = {str(cell) for name in ("arm", "unit", "scenario", "measure", "group") for cell in got[name]}
    assert {f"'{text}" for text in evil} <= texts
    assert not {text for text in texts if text[0] in "=+-@\t"}
    assert set(evil) <= set(raw["unit"]) | set(raw["arm"]), "other programs read the texts as they are"
    assert got["value"].astype(float).min() == raw["value"].min(), "numbers stay numbers, also below zero"


def test_export_tells_draws_apart(call: Any, tmp_path: Path) -> None:
    with open_store(tmp_path / "d.db") as store:
        experiment = store.begin_experiment(spec([1], draws=[1, 2], arms=["plan"]))
        for draw in (1, 2):
            store.write_run(experiment, record("plan", 1, draw=draw), run_data("plan", 1))
    code, _, _ = call("export", "--db", str(tmp_path / "d.db"), "--out", str(tmp_path / "d.csv"))
    got = pd.read_csv(tmp_path / "d.csv")
    assert code == 0
    assert list(got.columns) == [*LONG_COLUMNS, "draw"]
    assert set(got["draw"]) == {1, 2}


def test_figures(call: Any, db: str, tmp_path: Path) -> None:
    chosen = ["--arm", "baseline", "--arm", "plan", "--against", "plan"]
    code, out, _ = call("figures", "--db", db, "--out", str(tmp_path / "f"), "--lang", "zh", "--format", "svg", *chosen)
    files = [Path(line) for line in out.splitlines()]
    assert code == 0
    assert [f.stem for f in files] == list(FIGURES)
    assert all(f.stat().st_size > 5000 for f in files)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["compare", "9"], "experiment '9' is not there; allowed: latest, 1"),
        (["compare", "--measure", "gap.urbn"], "Did you mean 'gap.urban_rural'?"),
        (["compare", "--level", "province"], "level 'province' is not in this database"),
        (["compare", "--years", "2040"], "--years"),
        (["compare", "--against", "plam"], "Did you mean 'plan'?"),
        (["export", "--out", "x.xlsx"], "--format 'xlsx' is not known"),
        (["export", "--out", "/no/such/folder/x.csv"], "folder /no/such/folder does not exist"),
        (["figures", "--out", "x", "--format", "gif"], "--format 'gif'"),
        (["figures", "--out", "x", "--arm", "plam"], "Did you mean 'plan'?"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(call: Any, db: str, args: list[str], said: str) -> None:
    code, out, err = call(*args, "--db", db)
    assert code == 2
    assert said in err
    assert (out, err.count("\n"), "Traceback" in err) == ("", 1, False)


@pytest.mark.parametrize("verb", ["experiments", "compare", "figures --out x", "export --out x.csv"])
def test_no_database_is_one_line(call: Any, tmp_path: Path, verb: str) -> None:
    code, _, err = call(*verb.split(), "--db", str(tmp_path / "none.db"))
    assert code == 2
    assert "none.db does not exist; make it with `junheng run`" in err
    assert not (tmp_path / "none.db").exists()


def test_every_verb_has_help_with_an_example(call: Any) -> None:
    for verb in ("experiments", "compare", "figures", "export"):
        code, out, _ = call(verb, "--help")
        assert code == 0
        assert f"Example: junheng {verb}" in " ".join(out.split())


def test_no_output_takes_the_place_of_what_must_not_be_lost(call: Any, db: str, tmp_path: Path) -> None:
    before = Path(db).read_bytes()
    (tmp_path / "link.csv").symlink_to(db)
    for out in (db, str(tmp_path / "link.csv"), db + "-journal"):
        code, _, err = call("export", "--db", db, "--out", out, "--format", "csv", "--force")
        assert (code, "which the command reads" in err) == (2, True)
    assert Path(db).read_bytes() == before and not Path(db + "-journal").exists()
    (tmp_path / "x.csv").write_text("old")
    code, _, err = call("export", "--db", db, "--out", str(tmp_path / "x.csv"))
    assert (code, "--force" in err, (tmp_path / "x.csv").read_text()) == (2, True, "old")
    code, _, _ = call("export", "--db", db, "--out", str(tmp_path / "x.csv"), "--force")
    assert (code, (tmp_path / "x.csv").read_text(encoding="utf-8-sig")[:8]) == (0, "scenario")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "variation.png").write_text("old")
    code, _, err = call("figures", "--db", db, "--out", str(tmp_path / "f"))
    assert (code, "--force" in err, [p.name for p in (tmp_path / "f").iterdir()]) == (2, True, ["variation.png"])


def test_small_words() -> None:
    assert [span([1, 2, 3]), span([1, 3]), span([7]), span([])] == ["1:3", "1,3", "7", ""]
    assert [number(x) for x in (0.12345, 12.345, 1234567.8, 3.0, -0.00001)] == ["0.123", "12.35", "1,234,568", "3", "0"]
    assert [number(x, sign=True) for x in (0.00042, -0.0077, 0.0)] == ["+0.0004", "-0.0077", "+0"]
    table = text_table(("a", "值"), [("城乡", "1"), ("x", "20")], right=[1])
    assert table.splitlines() == ["a     值", "----  --", "城乡   1", "x     20"]
