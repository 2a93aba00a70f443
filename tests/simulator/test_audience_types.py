from simulator.audience_types import AUDIENCE_TYPES, audience_types
from simulator.population import ad_set_names


def test_an_audience_has_the_type_its_ad_sets_name_says():
    for name, kind in zip(ad_set_names(12), audience_types(12), strict=True):
        assert f" {kind} " in name


def test_every_type_occurs_once_in_five_ad_sets():
    assert audience_types(5) == AUDIENCE_TYPES
