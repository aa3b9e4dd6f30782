"""The error of a run that failed although its input was good."""

from __future__ import annotations


class RunFailed(RuntimeError):
    """A run stopped on an error of the machine or the model; other runs of the experiment are kept. Exit code 1."""

    exit_code = 1
