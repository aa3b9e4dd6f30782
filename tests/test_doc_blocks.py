"""Every code block of the README and the docs is run as a reader would run it; long ones with -m long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.scenario import load_scenario
from junheng import cli
from tests.doc_blocks import PAGES, ROOT, Block, Reader, blocks, commands, shorter

ELSEWHERE = {"notebook.md": "python"}  # test_docs.py runs these and looks at what they print


def follow(page: Path, folder: Path, quick: bool) -> Reader:
    """Run a page's blocks in order in one folder."""
    reader = Reader(folder, quick)
    for block in blocks(page):
        if ELSEWHERE.get(page.name) != block.language:
            reader.follow(block)
    return reader


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run_with_runs_cut_short(page, tmp_path):
    follow(page, tmp_path, quick=True)


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run_as_written(page, tmp_path):
    reader = follow(page, tmp_path, quick=False)
    for command, found in tables_of_results(page):
        printed = [line for line in reader.printed[command].splitlines() if line.startswith("|")]
        assert len(printed) > 2 and skeleton(printed) == skeleton(found), command


def tables_of_results(page: Path) -> list[tuple[str, list[str]]]:
    """The tables of a page of results, each with the last command above it; none of other pages."""
    if not page.name.startswith("results_"):
        return []
    found: list[tuple[str, list[str]]] = []
    above, inside, fenced = "", False, False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            above = line
        elif line.startswith("|"):
            if not inside:
                found.append((above, []))
                above = ""
            found[-1][1].append(line)
        inside = line.startswith("|")
    return found


def skeleton(rows: list[str]) -> list[list[str]]:
    """The head of a table and the first cell of each row, years and counts left out: a small run has others."""
    cells = [[re.sub(r"\d+", "0", cell.strip()) for cell in row.strip("|").split("|")] for row in rows]
    return [cells[0], *([row[0], str(len(row))] for row in cells[1:])]


def test_each_table_of_a_results_page_has_its_command():
    """A table of numbers that nobody can print again is a claim; its scenarios are files that users have."""
    found = [(page.name, *table) for page in PAGES for table in tables_of_results(page)]
    assert len(found) >= 8
    source = (ROOT / "docs" / "examples" / "results_tables.py").read_text(encoding="utf-8")
    for name, command, rows in found:
        words = command.split()
        assert words[:2] == ["python", "docs/examples/results_tables.py"], f"{name}: no command above {rows[0]}"
        assert f'"{words[2]}": {words[2]}' in source
        assert len(rows) > 2, f"{name}: {command}: the table is empty"


def test_the_scenarios_of_the_results_page_hold_the_plans_of_the_built_in_ones():
    plans = {region: load_scenario(region).arm("plan").policies for region in ("guizhou", "xinjiang")}
    seen = 0
    for file in sorted((ROOT / "docs" / "examples").glob("*.toml")):
        scenario = load_scenario(file)
        seen += 1
        plan = plans[scenario.region]
        assert scenario.arms[0].policies == () and scenario.arm("plan").policies == plan
        for arm in scenario.arms:
            assert set(map(str, arm.policies)) <= set(map(str, plan)), f"{file.name}: {arm.name}"
            if arm.name.startswith("without_"):
                assert len(arm.policies) == len(plan) - 1
            if arm.name.endswith("_alone"):
                assert len(arm.policies) == 1
    assert seen >= 6


def test_the_examples_of_the_docs_are_blocks_that_run():
    """The pages of the issue's fault: each has blocks, and no block is left out without a reason."""
    found = [block for page in PAGES for block in blocks(page)]
    assert {b.page.name for b in found} >= {"README.md", "running.md", "policies.md", "inspect.md", "scenarios.md"}
    ci = [block for block in found if "ci" in block.words]
    assert [block.page.name for block in ci] == ["README.md", "README.md"]
    assert all(command.startswith("python3 -m venv") for block in ci for command in commands(block.text))
    fences = sum(page.read_text(encoding="utf-8").count("```") for page in PAGES)
    assert fences == 2 * len(found)


def test_commands_in_the_text_name_verbs_and_options_that_exist():
    known = {
        **cli.VERBS,
        **{f"show {k}": v for k, v in cli.SHOW.items()},
        **{f"list {k}": v for k, v in cli.LIST.items()},
    }
    wrong, seen = [], 0
    for page in [*PAGES, ROOT / "CHANGELOG.md"]:
        for text in re.findall(r"(?<!`)`junheng ([a-z][^`]*)`(?!`)", page.read_text(encoding="utf-8")):
            words = text.split()
            verb = " ".join(words[:2]) if words[0] in ("show", "list") else words[0]
            options = {word.split("=")[0] for word in words if word.startswith("--")}
            seen += 1
            if verb not in known:
                wrong.append(f"{page.name}: {text}")
                continue
            command = cli.load_verb(verb.split()[-1], known[verb])
            allowed = {name for parameter in command.params for name in parameter.opts} | {"--help"}
            wrong += [f"{page.name}: {text}: no {option}" for option in options - allowed]
    assert seen > 10 and wrong == []


@pytest.mark.parametrize(
    ("language", "words", "text"),
    [
        ("bash", (), "junheng show policy no_such\n"),
        ("bash", (), "junheng list policies | grep -q no_such\n"),
        ("python", (), "junheng.nothing\n"),
        ("toml", (), 'title = "x"\nregion = "nowhere"\n'),
        ("toml", ("pyproject.toml",), '[project.entry-points."other.group"]\nx = "my_policy:X"\n'),
        ("csv", ("a.csv",), "a,b\n1\n"),
        ("", (), "junheng run guizhou\n"),
    ],
)
def test_a_block_that_does_not_work_is_found(language, words, text, tmp_path):
    with pytest.raises(Exception):  # noqa: B017 - whatever the block raises
        Reader(tmp_path, quick=True).follow(Block(Path("page.md"), 1, language, words, text))


def test_what_the_reader_understands(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n\n```toml my.toml\na = 1\n```\n\n- x\n\n  ```bash long\n  junheng run a  # b\n  ```\n")
    first, second = blocks(page)
    assert (first.language, first.file, first.line, first.text) == ("toml", "my.toml", 4, "a = 1\n")
    assert (second.language, second.words, second.text) == ("bash", ("long",), "junheng run a  # b\n")
    assert commands("# all\njunheng run a \\\n  --b 1 # c\n\nls\n") == ["junheng run a --b 1", "ls"]
    assert shorter(["compare"]) == ["compare"]
    assert shorter(["run", "a", "--seeds", "1:20"])[-6:] == [
        "--years",
        "2024:2025",
        "--seeds",
        "1:2",
        "--only",
        "织金县",
    ]
    assert shorter(["run", "a", "--only", "x"]).count("--only") == 1
    assert shorter(["run", "xinjiang"])[-1] == "博湖县"
