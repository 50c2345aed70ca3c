"""The values that a field may hold."""

import pytest

from netcrm.domain.models import Profile, validated
from netcrm.errors import InvalidValue


@pytest.mark.parametrize("country", ["D1", "DEU", "D", "ÄÖ"])
def test_a_country_is_a_code_of_two_letters(country: str) -> None:
    """A country that is not two ASCII letters is refused, and the message names the standard."""
    with pytest.raises(InvalidValue, match="ISO 3166-1"):
        validated(Profile, country=country)


def test_a_country_is_stored_in_capitals() -> None:
    """A country code may be written in any case."""
    assert validated(Profile, country=" de ").country == "DE"
