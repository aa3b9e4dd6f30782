"""The runs of an experiment, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from gettext import gettext as tr

from experiments.errors import RunFailed
from experiments.scenario import Scenario


@dataclass(frozen=True)
class Job:
    """One run to make: an arm with one seed and one draw (0 = best estimates)."""

    arm: str
    seed: int
    draw: int

    def __str__(self) -> str:
        return f"{self.arm}, seed {self.seed}" + (f", draw {self.draw}" if self.draw else "")


@dataclass
class Outcome:
    """What became of an experiment. errors: (run, message) of the runs that failed; notes: policies that never acted."""

    experiment: int
    scenario: Scenario
    simulated: int = 0
    reused: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raise RunFailed (exit code 1) when a run failed."""
        if self.errors:
            run, message = self.errors[0]
            more = f" and {len(self.errors) - 1} more" if len(self.errors) > 1 else ""
            runs = len(self.errors) + self.simulated + self.reused
            raise RunFailed(
                tr(
                    "{count} of {runs} runs failed: {run}: {message}{more}. Finished runs are kept as experiment "
                    "{experiment}; the same command tries the rest again."
                ).format(
                    count=len(self.errors), runs=runs, run=run, message=message, more=more, experiment=self.experiment
                )
            )
