"""What the tests of KeymanagerSigner share: a stand-in Keymanager, and signers at it."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from spar.errors import KeymanagerUnusable
from spar.exchange import Exchange
from spar.keymanager import KeymanagerSigner
from spar.keys import self_signed_certificate
from spar.route import Route
from spar.tokens import AccessTokens
from tests.stack.stand_in_keymanager import make_server

from . import golden

BODY = b'{"message":{"name":"J\\u00f3zsef"}}'
KEY = golden.private_key()
NOW = golden.NOW
PEM = self_signed_certificate(KEY, "registry", NOW, NOW + timedelta(days=365))
CLIENTS = {"spar-mapper": "s1", "registry": "s2"}


@contextmanager
def serving_keymanager(tmp_path):
    """A running stand-in, with a key for the application REGISTRY; ``url`` is where."""
    server = make_server(0, tmp_path / "certs", tmp_path / "keys", dict(CLIENTS))
    server.daemon_threads = True
    server.keys.generate("REGISTRY", "", force=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def exchange(url, monotonic=time.monotonic):
    return Exchange(
        base_url=url,
        session=None,
        route=Route(),
        max_answer_bytes=2**20,
        monotonic=monotonic,
    )


@contextmanager
def signer(url, tokens=None, certificate=None, application="REGISTRY", seconds=2.0, **more):
    made = KeymanagerSigner(
        exchange(url, more.get("monotonic", time.monotonic)),
        application_id=application,
        certificate=certificate,
        tokens=tokens,
        seconds=seconds,
        **more,
    )
    yield made
    made.close()


def tokens(server, client="registry", secret="s2", kept=None, **more):
    clock = more.get("monotonic", time.monotonic)
    return AccessTokens(exchange(f"{server.url}/token", clock), client, secret, kept, **more)


def base(server):
    return f"{server.url}/v1/keymanager"


def certificate_of(server, application="REGISTRY", reference=""):
    return server.keys.generate(application, reference, force=False)


def unusable(call, *args, **kwargs):
    with pytest.raises(KeymanagerUnusable) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert (error.kind, error.outcome_unknown, error.may_land_late) == ("connection", False, False)
    return error.code
