"""What the tests of SparClient send, and how they look at its errors."""

import pytest

from spar.answers import Item
from spar.client import Timeouts
from spar.errors import RequestError
from spar.wire import WIRE_FORMATS

SECRETS = {
    "spar_id": "SECRET-ID-1",
    "fa": "account_number:SECRET-ACCOUNT",
    "name": "SECRET-NAME",
    "phone": "SECRET-PHONE",
}
ITEM = Item(reference_id="ref-1", strategy_id=2, **SECRETS)
QUICK = Timeouts(connect=2, read_base=2, read_per_item=0, total=2)
UNSIGNED = WIRE_FORMATS["g2p-connect-1.0"]
SIGNED = WIRE_FORMATS["g2p-connect"]


def failing(call, *args, **kwargs) -> RequestError:
    """The error of a call; whatever it is, it carries our ids and nothing else of ours."""
    with pytest.raises(RequestError) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert error.message_id and error.message_id in str(error)
    assert len(error.digest) == 64
    for text in (str(error), repr(error), str(error.args)):
        assert "SECRET" not in text
    assert error.__cause__ is None
    return error


def judged(error: RequestError) -> tuple:
    return type(error), error.outcome_unknown, error.may_land_late
