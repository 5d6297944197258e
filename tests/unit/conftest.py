"""The client and the Keymanager that several rooms share."""

import pytest

from spar.client import SparClient

pytest.register_assert_rewrite("tests.unit.calls", "tests.unit.keymanagers", "tests.unit.walks")

from .calls import QUICK, UNSIGNED  # noqa: E402
from .keymanagers import serving_keymanager  # noqa: E402


@pytest.fixture
def client():
    made = []

    def make(base_url, **kwargs):
        settings = {"wire": UNSIGNED, "sender_id": "registry", "timeouts": QUICK}
        made.append(SparClient(base_url=base_url, **settings | kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def keymanager(tmp_path):
    with serving_keymanager(tmp_path) as server:
        yield server
