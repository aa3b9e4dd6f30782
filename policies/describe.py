"""A policy as plain content: what it does, through what, evidence for and against, parameters with unit and source."""

from __future__ import annotations

from typing import Any

from policies import evidence
from policies.base import Policy


def describe(cls: type[Policy]) -> dict[str, Any]:
    """Return all that is known of a policy: name, titles, family, mechanism, evidence, parameters; ready for JSON."""
    return {
        "name": cls.name,
        "title": cls.title_en or cls.name,
        "title_zh": cls.title_zh or cls.title_en or cls.name,
        "family": cls.family,
        "acts_on": list(cls.acts_on),
        "summary": (cls.__doc__ or "").strip().split("\n")[0],
        "mechanism": cls.mechanism,
        "mechanism_zh": cls.mechanism_zh,
        "evidence_for": [_evidence(row) for row in evidence.rows(cls.evidence_for)],
        "evidence_against": [_evidence(row) for row in evidence.rows(cls.evidence_against)],
        "parameters": [_parameter(name, f.default, spec) for name, (f, spec) in cls.parameters().items()],
    }


def _evidence(row: dict[str, str]) -> dict[str, str]:
    return {
        "id": row["id"],
        "finding": evidence.finding(row),
        "citation": row["citation"],
        "confidence": row["confidence"],
    }


def _parameter(name: str, default: Any, spec: Any) -> dict[str, Any]:
    return {
        "name": name,
        "default": list(default) if isinstance(default, tuple) else default,
        "unit": spec.unit,
        "low": spec.low,
        "high": spec.high,
        "choices": list(spec.choices),
        "prior": spec.prior,
        "source": spec.source,
        "confidence": spec.confidence,
        "meaning": spec.doc,
        "meaning_zh": spec.doc_zh or spec.doc,
    }
