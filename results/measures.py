"""The catalogue of measures: what every number is called, in which unit, how it is defined, and where it exists.

The same names stand in code, database, export and figures. The rows are in `measure_rows` and `measure_rows_official`.
"""

from __future__ import annotations

from gettext import gettext as tr

from results.errors import ResultsError, nearest
from results.measure import INDICATORS, LEVELS, SCORE_GROUPS, STAGES, Measure
from results.measure_rows import ROWS
from results.measure_rows_official import OFFICIAL_ROWS

__all__ = [
    "INDICATORS", "LEVELS", "SCORE_GROUPS", "STAGES", "Measure",
    "definition", "label", "measure", "measures", "unit",
]  # fmt: skip

_CATALOGUE: dict[str, Measure] = {row.name: row for row in (*ROWS, *OFFICIAL_ROWS)}


def measures() -> dict[str, Measure]:
    """Return every measure by name, in the order in which they are listed."""
    return _CATALOGUE


def measure(name: str) -> Measure:
    """Return one measure.

    Raises: ResultsError that names the nearest known measure
    """
    try:
        return _CATALOGUE[name]
    except KeyError:
        raise ResultsError(
            tr("measure {name!r} is not known.{nearest}").format(name=name, nearest=nearest(name, _CATALOGUE))
        ) from None


def unit(name: str, lang: str = "en") -> str:
    """Return the unit of a measure, lang `en` or `zh`; ResultsError when the measure or language is unknown."""
    return measure(name).unit if _english(lang) else measure(name).unit_zh


def label(name: str, lang: str = "en") -> str:
    """Return the short label of a measure for tables and figures, lang `en` or `zh`; errors as `unit`."""
    return measure(name).label if _english(lang) else measure(name).label_zh


def definition(name: str, lang: str = "en") -> str:
    """Return the definition of a measure, lang `en` or `zh`; errors as `unit`."""
    return measure(name).definition if _english(lang) else measure(name).definition_zh


def _english(lang: str) -> bool:
    if lang not in ("en", "zh"):
        raise ResultsError(tr("lang = {lang!r} is not known. Allowed: en, zh.").format(lang=lang))
    return lang == "en"
