"""How well the simulator's fits to shipped real data hold: the bid landscape of iPinYou, the hours of Avito."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.calibration import bid_landscape, hour_profiles, region_profiles, spend_exponent

_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """One fit."""

    name: str
    r_squared: float
    residual_sd: float
    """Of logs."""
    largest_residual: float
    """Of logs, in absolute value."""
    points: int
    source: str


def calibration_fits() -> tuple[CalibrationFit, ...]:
    """Both fits, on the data that they were made from."""
    return _landscape(), _hours()


def _landscape() -> CalibrationFit:
    """Log impressions on log spend at constant bids."""
    log_spend, log_impressions = bid_landscape()
    slope = spend_exponent()
    left = log_impressions - slope * log_spend
    left -= left.mean()
    name = f"bid landscape: impressions ~ spend^{slope:.2f}"
    return _fit(name, log_impressions, left, "iPinYou season 2, advertiser 1458 (Zhang, Yuan, Wang 2014)")


def _hours() -> CalibrationFit:
    """Log share of a day's traffic by hour, of every region and weekday, by the one profile of its class."""
    logs, left = [], []
    for weekday, shares in region_profiles().items():
        seen = shares > 0
        log = np.log(np.where(seen, shares, 1.0))
        profile = np.log(hour_profiles()[int(weekday >= _SATURDAY)])
        logs.append(log[seen])
        left.append((log - profile)[seen])
    source = "Avito, 114 regions, one week by hour (avito-tech, 2025)"
    return _fit("hours of the day", np.concatenate(logs), np.concatenate(left), source)


def _fit(name: str, values: np.ndarray, left: np.ndarray, source: str) -> CalibrationFit:
    return CalibrationFit(
        name=name,
        r_squared=float(1.0 - np.mean(left**2) / values.var()),
        residual_sd=float(np.sqrt(np.mean(left**2))),
        largest_residual=float(np.abs(left).max()),
        points=values.size,
        source=source,
    )
