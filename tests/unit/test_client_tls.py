"""SparClient under TLS."""

import ssl
import time
from datetime import datetime, timedelta, timezone

import pytest

from spar.client import Timeouts
from spar.errors import AnswerTimeout, TlsRefused
from spar.keys import self_signed_certificate

from . import broken, golden
from .calls import ITEM, failing, judged
from .server import serving, spar


@pytest.fixture
def tls(tmp_path):
    """A server context whose certificate is for another host, and the file with it."""
    key, now = golden.private_key(), datetime.now(timezone.utc)
    certificate = tmp_path / "cert.pem"
    certificate.write_bytes(
        self_signed_certificate(key, "elsewhere", now - timedelta(1), now + timedelta(1))
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, golden.HERE / "test-partner.key.pem")
    return context, str(certificate)


@pytest.mark.filterwarnings("ignore:Certificate for 127.0.0.1 has no")
def test_tls(tls, client):
    context, certificate = tls
    with serving(spar, context) as (url, seen):
        error = failing(client(url).link, [ITEM])
        assert judged(error) == (TlsRefused, False, False)
        assert error.code == "tls_untrusted"
        error = failing(client(url, verify=certificate).link, [ITEM])
        assert (type(error), error.code) == (TlsRefused, "tls_hostname")
        assert seen.requests == []
    with serving(spar) as (url, seen):
        error = failing(client(url.replace("http:", "https:")).link, [ITEM])
        assert judged(error) == (TlsRefused, False, False)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
@pytest.mark.parametrize("answer", [broken.drip(broken.HEAD), broken.drip(b"")])
def test_the_deadline_holds_under_tls(tls, answer, client):
    with serving(answer, tls[0]) as (url, _):
        started = time.monotonic()
        one = client(url, verify=False, timeouts=Timeouts(total=0.4))
        assert judged(failing(one.link, [ITEM])) == (AnswerTimeout, True, True)
        assert time.monotonic() - started < 1.5
