"""A parameter of a policy: its meaning, unit, range, source and confidence, and the check of what a user writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from gettext import gettext as tr
from typing import Any

from sim.errors import InputError, nearest
from sim.numbers import flag, listed, plain, real, shown, whole

CONFIDENCE = ("published", "derived", "memory", "assumed", "scenario")
PRIORS = ("fixed", "triangular", "uniform")


@dataclass(frozen=True)
class Spec:
    """What is known of one parameter.

    low, high: allowed range, both inside, None = no bound; choices: allowed words
    source: rows of policies/data/evidence.csv (by id) or words; confidence: published, derived or memory (read in a
    source, computed from it, not verified), assumed (ours), scenario (the user's decision)
    prior: fixed for a decision; triangular (mode = default) or uniform on low..high for an uncertain effect
    """

    unit: str
    source: str
    confidence: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    prior: str = "fixed"
    doc: str = ""
    doc_zh: str = ""

    def __post_init__(self) -> None:
        """Refuse a specification that a reader could not use."""
        if self.confidence not in CONFIDENCE:
            raise ValueError(
                tr("confidence = {confidence!r}.{nearest}").format(
                    confidence=self.confidence, nearest=nearest(self.confidence, CONFIDENCE)
                )
            )
        if self.prior not in PRIORS:
            raise ValueError(
                tr("prior = {prior!r}.{nearest}").format(prior=self.prior, nearest=nearest(self.prior, PRIORS))
            )
        if self.prior != "fixed" and (self.low is None or self.high is None):
            raise ValueError(tr("prior = {prior!r} needs low and high").format(prior=self.prior))

    @property
    def allowed(self) -> str:
        """Return what is allowed in words: a range with its unit, or the choices."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.low is None and self.high is None:
            return self.unit
        low = "any" if self.low is None else f"{self.low:g}"
        high = "any" if self.high is None else f"{self.high:g}"
        return f"{low} to {high} ({self.unit})"


def param(
    default: Any,
    *,
    unit: str,
    source: str,
    confidence: str,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[str] = (),
    prior: str = "fixed",
    doc: str = "",
    doc_zh: str = "",
) -> Any:
    """Declare a parameter of a policy as a dataclass field; see `Spec` for what the words mean."""
    spec = Spec(unit, source, confidence, low, high, tuple(choices), prior, doc, doc_zh)
    return field(default=default, metadata={"param": spec})


def specs(policy: type | object) -> dict[str, tuple[Field[Any], Spec]]:
    """Return the parameters of a policy or its class by name: the dataclass field and its specification."""
    return {f.name: (f, f.metadata["param"]) for f in fields(policy) if "param" in f.metadata}  # type: ignore[arg-type]


def checked(policy: str, name: str, value: Any, default: Any, spec: Spec) -> Any:
    """Return a value as the type of the parameter's default, or raise InputError with one message.

    Numbers, lists and truth values of numpy and pandas are taken as what they mean (`sim.numbers`), whole numbers where
    a float is asked for, any list or array where a tuple is; nothing else is converted.
    """
    at = f"{policy}: {name} = {shown(value)}"
    if isinstance(default, bool):
        truth = flag(value)
        if truth is None:
            raise InputError(tr("{at} must be true or false ({unit}).").format(at=at, unit=spec.unit))
        return truth
    if isinstance(default, str):
        word = plain(value)
        if not isinstance(word, str) or (spec.choices and word not in spec.choices):
            hint = nearest(word, spec.choices) if isinstance(word, str) and spec.choices else ""
            allowed = hint or tr(" It must be {allowed}.").format(allowed=spec.allowed)
            raise InputError(tr("{at} is not allowed.{hint}").format(at=at, hint=allowed))
        return str(word)
    if isinstance(default, tuple):
        several = listed(value)
        if several is None:
            raise InputError(tr('{at} must be a list, such as ["..."] ({unit}).').format(at=at, unit=spec.unit))
        return tuple(several)
    return checked_number(at, value, default, spec)


def checked_number(at: str, value: Any, default: Any, spec: Spec) -> int | float:
    """Return a number inside its range, or raise InputError; `at` says which policy, key and value."""
    number = real(value)
    if number is None:
        raise InputError(tr("{at} is not a number. It must be {allowed}.").format(at=at, allowed=spec.allowed))
    count = whole(value, real_too=True) if isinstance(default, int) else None
    if isinstance(default, int) and count is None:
        raise InputError(tr("{at} is not a whole number. It must be {allowed}.").format(at=at, allowed=spec.allowed))
    low, high = spec.low, spec.high
    if (low is not None and number < low) or (high is not None and number > high):
        percent = high is not None and high <= 1 < number <= 100 and spec.unit.startswith("share")
        hint = tr(" For {percent:g} %, write {share:g}.").format(percent=number, share=number / 100) if percent else ""
        raise InputError(tr("{at} is outside {allowed}.{hint}").format(at=at, allowed=spec.allowed, hint=hint))
    return number if count is None else count
