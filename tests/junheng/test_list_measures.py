"""`junheng list measures` as a user sees it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from junheng.layout import width as _width
from junheng.list_measures import measures
from results.errors import ResultsError
from results.measures import measures as catalogue

app = typer.Typer()
app.command()(measures)


def listed(*args):
    done = CliRunner().invoke(app, args, catch_exceptions=False, env={"COLUMNS": "120"})
    assert done.exit_code == 0
    return done.output


def test_every_measure_is_listed_with_unit_and_definition():
    output = listed()
    for name in catalogue():
        assert f"\n{name}  " in output
    assert "pupils per teacher" in output and "Pupils over teachers." in output
    assert all(_width(line) <= 120 for line in output.splitlines())


def test_chinese():
    output = listed("gap", "--lang", "zh")
    assert "城区学校减乡村学校" in output.replace("\n", "").replace(" ", "")
    assert "pupils" not in output and all(_width(line) <= 120 for line in output.splitlines())


def test_json_holds_the_whole_catalogue():
    told = json.loads(listed("--json"))
    assert [row["name"] for row in told] == list(catalogue())
    assert set(told[0]) >= {"unit", "unit_zh", "label", "label_zh", "definition", "definition_zh", "source", "levels"}


def test_an_unknown_name_suggests_the_nearest_and_an_unknown_language_the_allowed_ones():
    with pytest.raises(ResultsError, match=r"Did you mean 'gap.left_behind'"):
        listed("gap.leftbehind")
    with pytest.raises(ResultsError, match="Allowed: en, zh"):
        listed("--lang", "fr")


def test_help_has_an_example():
    assert "Example: junheng list measures" in listed("--help")
