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
    "OF_CHILDREN", "definition", "label", "measure", "measures", "needs_whole_schools", "sample_note", "unit",
    "withheld",
]  # fmt: skip

_CATALOGUE: dict[str, Measure] = {row.name: row for row in (*ROWS, *OFFICIAL_ROWS)}

# What can be said of a sample of the children: measures of children, and teachers in total. All others need whole schools: in a
# sample every school is thinned, so that its classes, thresholds, gaps to the norms and the money for them are another school's.
OF_CHILDREN = frozenset(
    {
        "pupils", "boarding_share", "left_behind_share", "migrant_share", "poor_share", "out_of_school", "dropout_rate",
        "retention", "teachers", "pupil_teacher_ratio", "score_mean", "score_sd", "ses_correlation", "counties",
        *(name for name in _CATALOGUE if name.startswith("gap.")),
    }
)  # fmt: skip


def needs_whole_schools(name: str) -> bool:
    """Return whether a measure is withheld in a run of a sample of the children; see `withheld`."""
    return name not in OF_CHILDREN


def withheld(name: str, sample: float) -> str:
    """Return the sentence that says why a measure is not there in a sample of the children, "" where it is."""
    if sample >= 1 or not needs_whole_schools(name):
        return ""
    return tr(
        "{name} is withheld: it needs whole schools, and a sample of {sample:g} of the children thins every school. Run "
        "without --sample, or some counties with --only."
    ).format(name=name, sample=sample)


def sample_note(sample: float) -> str:
    """Return the sentence that readers of a sample of the children are told, "" of a run with every child."""
    if sample >= 1:
        return ""
    return tr(
        "This experiment ran a sample of {sample:g} of the children, which is another model: what needs whole schools "
        "(classes, seats, the evaluation, differences between schools, money) is withheld."
    ).format(sample=sample)


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
