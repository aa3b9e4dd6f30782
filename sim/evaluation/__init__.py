"""The official inspection of schools and counties, usable with or without a simulation.

from sim.evaluation import SchoolTotals, inspect
found = inspect(totals, county, n_counties)   # found.passed, found.cv, found.failures(0)
"""

from sim.evaluation.failures import Failure, failures, sentence
from sim.evaluation.inspection import Inspection, inspect
from sim.evaluation.items import FAILED, NOT_MODELLED, PASSED, CountyItems, ItemResult
from sim.evaluation.standards import Standards, load_standards
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals

__all__ = [
    "FAILED",
    "NOT_MODELLED",
    "PASSED",
    "SCHOOL_KINDS",
    "CountyItems",
    "Failure",
    "Inspection",
    "ItemResult",
    "SchoolTotals",
    "Standards",
    "failures",
    "inspect",
    "load_standards",
    "sentence",
]
