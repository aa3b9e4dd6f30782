"""Whoever asks for Chinese is spoken to in Chinese: every message, every help page, every report."""

from __future__ import annotations

import os
import re
import string
import subprocess
import sys

import pytest

from junheng.language import chosen
from tests.translations.catalogue import CHINESE, FOLDERS, MO, ROOT, collected, compiled, read, updated, verbs
from tests.translations.sentences import WORDS, unmarked

# an identifier, a path, a unit, a formula: nothing to translate
SAME = re.compile(r"[\W\d_]*|[\w./-]+|.*\{[^{}]*\}[^A-Za-z]*", re.ASCII)


def fields(text):
    """The named fields of a template, with how they are written."""
    try:
        return sorted(
            (name, spec, how or "") for _, name, spec, how in string.Formatter().parse(text) if name is not None
        )
    except ValueError:  # a text that is shown as it is
        return []


@pytest.fixture(scope="module")
def catalogue():
    return {message.id: message.string for message in read() if message.id}


def test_every_text_that_is_said_has_its_chinese(catalogue):
    """`python -m tests.translations.update` lists what is missing."""
    missing = [text for text in collected() if not CHINESE.search(catalogue.get(text, "")) and not SAME.fullmatch(text)]
    assert not missing, missing[:20]


def test_the_chinese_has_the_fields_of_the_english(catalogue):
    marked = [(text, said) for text, said in catalogue.items() if said and "{" in text]
    wrong = [text for text, said in marked if fields(text) != fields(said)]
    assert marked and not wrong, wrong[:20]


def test_the_catalogue_holds_what_is_said_and_nothing_else():
    assert {m.id for m in read() if m.id} == {m.id for m in updated() if m.id}


def test_the_compiled_catalogue_is_the_readable_one():
    assert MO.read_bytes() == compiled(read())


# file -> why its sentences need no mark
EXCEPTIONS = {
    "calibration/anchors.py": "sources and notes, collected from the table of anchors",
    "calibration/table.py": "notes that are written into a data file",
    "junheng/layout.py": "the parser's own English, which junheng/usage.py takes apart",
    "junheng/show_region.py": "notes of county columns, collected from its table",
    "junheng/usage.py": "the parser's own English, which is taken apart there",
    "policies/trial.py": "a program that runs in another process",
    "policies/base.py": "the unit of a parameter, collected from its declaration",
    "results/compare.py": "stands beside its Chinese",
    "results/construction.py": "what the database was doing, a name for its log",
    "results/store.py": "what the database was doing, a name for its log",
    "results/database_errors.py": "the database's own English, which is looked for",
    "results/measure_rows.py": "pieces of definitions that stand beside their Chinese",
    "results/measure_rows_official.py": "pieces of definitions that stand beside their Chinese",
    "experiments/selftest.py": "a fault of ours: TypeError",
    "sim/effects.py": "units and advice, passed through the marked message that names them",
    "sim/evaluation/words.py": "the name of a variable",
    "sim/evaluation/workbook.py": "reasons of a damaged file, in brackets",
    "sim/exact.py": "a fault of ours: TypeError or ValueError",
    "sim/invariants.py": "faults of ours: what must hold after every phase",
    "sim/people.py": "a fault of ours",
    "sim/population.py": "meanings of columns",
    "sim/region.py": "notes of figures, collected from the region",
    "policies/answers.py": "a piece of a message that names a type",
}


def test_no_sentence_is_left_unmarked():
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {text[:90]}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in EXCEPTIONS
        for line, text in unmarked(path)
    ]
    assert not found, "\n".join(found[:40])


def test_no_exception_outlives_its_reason():
    assert [name for name in EXCEPTIONS if not list(unmarked(ROOT / name))] == []


def test_unmarked_sentences_are_found(tmp_path):
    path = tmp_path / "told.py"
    lines = (
        '"""A docstring that nobody reads here."""',
        'x = f"the file {y} cannot be read at all"',
        'z = tr("this is said here")',
    )
    path.write_text("\n".join(lines))
    assert list(unmarked(path)) == [(2, "the file {} cannot be read at all")]


def junheng(*words, **environ):
    """Run the command line in a process of its own, in an empty folder: (exit code, what was said)."""
    space = {
        k: v for k, v in os.environ.items() if k not in ("JUNHENG_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    }
    space |= {"PYTHONIOENCODING": "utf-8", "COLUMNS": "120", **environ}
    done = subprocess.run(
        [sys.executable, "-m", "junheng.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=space,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def english(text):
    """The lines that say a sentence and hold no Chinese: names, examples and quotations are none."""
    lines = []
    for block in re.split(r"\n\s*\n", text):
        if not CHINESE.search(block) and WORDS.search(block) and "junheng " not in block:
            lines.append(block)
    return lines


@pytest.fixture(scope="module")
def help_pages():
    """The help pages of all verbs in Chinese, from one process."""
    code = (
        "import sys, contextlib, io, json\n"
        "from junheng import cli\n"
        "pages = {}\n"
        "for name in json.loads(sys.argv[1]):\n"
        "    out = io.StringIO()\n"
        "    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):\n"
        "        cli.main([*name.split()[1:], '--help'])\n"
        "    pages[name] = out.getvalue()\n"
        "print(json.dumps(pages))\n"
    )
    import json

    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([name for name, _ in verbs()])],
        capture_output=True, text=True, env={**os.environ, "JUNHENG_LANG": "zh", "COLUMNS": "120"}, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_help_of_every_verb_is_chinese(help_pages):
    assert len(help_pages) > 15
    for name, page in help_pages.items():
        assert "用法" in page and "选项" in page, name
        for line in page.splitlines():
            assert CHINESE.search(line) or not WORDS.search(line) or "junheng " in line, f"{name}: {line}"


REPORTS = (
    ("list", "policies"),
    ("list", "regions"),
    ("list", "scenarios"),
    ("list", "measures"),
    ("show", "year"),
    ("show", "policy", "rotation"),
    ("show", "region", "guizhou"),
)


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
def test_reports_are_chinese(words):
    code, said = junheng(*words, "--lang", "zh")
    assert code == 0 and CHINESE.search(said)
    assert english(said) == []


MISTAKES = (
    ("runn",),
    ("run",),
    ("run", "guizhou", "extra"),
    ("run", "guizhou", "--workers", "x"),
    ("run", "guizhou", "--sede", "1"),
    ("run", "guizhou", "--seeds"),
    ("run", "guizou"),
    ("run", "guizhou", "--years", "2030:2025"),
    ("show", "policy", "rotatoin"),
    ("compare", "--db", "none.db"),
    ("inspect", "none.csv"),
    ("list", "regions", "--lang", "fr"),
)


@pytest.mark.parametrize("words", MISTAKES, ids=" ".join)
def test_mistakes_are_answered_in_chinese(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = junheng(*words, JUNHENG_LANG="zh", PYTHONPATH=str(ROOT))
    assert code == 2 and "Traceback" not in said
    for line in said.strip().splitlines():
        assert CHINESE.search(line) or not WORDS.search(line), line


def test_the_option_decides_then_the_variable_then_the_machine():
    assert chosen([], {}) == "en"
    assert chosen([], {"LANG": "zh_CN.UTF-8"}) == "zh"
    assert chosen([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}) == "en"
    assert chosen([], {"LANG": "C.UTF-8", "JUNHENG_LANG": "zh"}) == "zh"
    assert chosen(["run", "--lang", "en"], {"JUNHENG_LANG": "zh"}) == "en"
    assert chosen(["--lang=zh", "run"], {}) == "zh"
    assert chosen(["run", "--", "--lang", "zh"], {}) == "en"
    assert chosen(["run", "--lang"], {"LANG": "zh_TW"}) == "zh"


def test_the_machines_language_is_heard():
    code, said = junheng("--help", LANG="zh_CN.UTF-8")
    assert code == 0 and "用法" in said
