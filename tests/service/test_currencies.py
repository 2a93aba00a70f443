from __future__ import annotations

import pytest

from service.currencies import WHOLE_UNIT_CURRENCIES, minor_per_major


def test_offsets_are_metas_and_not_isos() -> None:
    assert len(WHOLE_UNIT_CURRENCIES) == 11
    assert {code: minor_per_major(code) for code in ("USD", "JPY", "HUF", "BHD", "TWD")} == {
        "USD": 100,
        "JPY": 1,
        "HUF": 1,
        "BHD": 100,
        "TWD": 1,
    }
    for bad in ("", "usd", "US", "EURO"):
        with pytest.raises(ValueError, match="currency"):
            minor_per_major(bad)
