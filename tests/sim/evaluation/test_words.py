"""Chinese for everything that the evaluation and `junheng inspect` say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.register import read_register
from sim.evaluation.report import as_text
from sim.evaluation.words import speaking, tr
from tests.sim.evaluation.registers import ENGLISH, as_csv, grid

ROOT = Path(__file__).parents[3]
FILES = [*sorted((ROOT / "sim" / "evaluation").glob("*.py")), ROOT / "junheng" / "inspect.py"]
FIELD = re.compile(r"\{(\w+)[^}]*\}")
CHINESE = re.compile("[一-龥、；：（）“”。，]")
SAME_IN_BOTH = {"no", "yes"}


def said() -> Iterator[str]:
    """Every text that is marked for translation."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr" and node.args:
                assert isinstance(node.args[0], ast.Constant | ast.Name), f"{path.name}:{node.lineno}"
                if isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value


def test_every_text_has_chinese_with_the_same_fields():
    texts = sorted(set(said()))
    assert len(texts) > 250
    with speaking("zh"):
        without = [t for t in texts if not CHINESE.search(tr(t))]
        fields = [t for t in texts if sorted(set(FIELD.findall(t))) != sorted(set(FIELD.findall(tr(t))))]
    assert without == [] and fields == []


def test_a_language_holds_inside_its_block_only():
    with speaking("zh"):
        assert tr("primary") == "小学"
        with speaking("en"):
            assert tr("primary") == "primary"
        assert tr("primary") == "小学"
    with pytest.raises(ValueError, match="lang = 'fr'"), speaking("fr"):
        pass


def test_errors_and_reports_in_chinese_hold_no_english_sentence(tmp_path):
    english = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")
    good = as_csv(tmp_path / "r.csv", grid(ENGLISH))
    register = read_register(good, lang="zh")
    text = "\n".join(as_text(register, inspect(register.totals, register.county, 2), "zh", full=True))
    assert not english.search(text), english.search(text)
    rows = grid(ENGLISH)
    rows[1][4], rows[2][0], rows[3][3], rows[4][13], rows[5][2] = "x", "", "中学堂", "5人", "#REF!"
    bad = [as_csv(tmp_path / "b.csv", rows), tmp_path / "none.csv", as_csv(tmp_path / "e.csv", [["a", "b"], [1, 2]])]
    bad.append(as_csv(tmp_path / "m.csv", [row[:9] for row in grid(ENGLISH)]))
    for path in bad:
        with pytest.raises(InputError) as caught:
            read_register(path, lang="zh")
        assert not english.search(str(caught.value).replace(str(path), "")), str(caught.value)
