"""What can go wrong in an experiment, as a sentence for a person.

* ExperimentError
  x UnknownName        no such study, scenario, policy or bench; carries the nearest known name
  x StoreError         the tracking store cannot be opened, or holds no finished run of that study
  x ArtifactError      a registered policy that fails its digest or its schema
  x PromotionRefused   a gate that a candidate did not pass; says which and by how much
  x FitRefused         a response model that has too little data or did not converge; says what and by how much
  x HistoryRefused     an exported history that cannot be used; says which row, and what to do
  x LogRefused         logged decisions that cannot be evaluated; says which row, and what to do
"""

from __future__ import annotations


class ExperimentError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownName(ExperimentError):
    """A study, scenario, policy or bench that does not exist."""


class StoreError(ExperimentError):
    """The tracking store cannot be opened, or does not hold what was asked for."""


class ArtifactError(ExperimentError):
    """A registered policy whose bytes are not the ones that were promoted, or that no version of this code wrote."""


class PromotionRefused(ExperimentError):
    """No alias was moved: the message names the gate and the figures."""


class FitRefused(ExperimentError):
    """No priors were written: too little history, or sampling that did not converge."""


class HistoryRefused(ExperimentError):
    """An exported history with a row that cannot be used, or with too little in it to learn from."""


class LogRefused(ExperimentError, ValueError):
    """Logged decisions, a target policy or a reward model that cannot be evaluated as they are."""
