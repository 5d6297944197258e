"""Certificates and keys as people paste them."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from spar.certificates import (
    check_pair,
    check_usable,
    read_ca_bundle,
    read_client_certificate,
    read_client_key,
    ssl_context,
)
from spar.keys import self_signed_certificate
from spar.route import Route, RouteUnusable
from spar.settings import SettingUnusable

from . import authority as made
from .authority import DAY, authority, certified

NOW = made.NOW.replace(tzinfo=None)
LEAF = certified("registry")
OVER = certified("registry", first=made.NOW - 2 * DAY, last=made.NOW - DAY)
EARLY = certified("registry", first=made.NOW + DAY, last=made.NOW + 2 * DAY)


def refused(call, *args) -> SettingUnusable:
    with pytest.raises(SettingUnusable) as caught:
        call(*args)
    assert "PRIVATE" not in repr(caught.value) + str(caught.value.params)
    assert caught.value.__cause__ is None
    return caught.value


def test_a_bundle():
    pems = "Our authority:\n" + authority().pem + "\n# and another\n" + authority("other").pem
    assert len(read_ca_bundle(pems, NOW)) == 2


@pytest.mark.parametrize("read", [read_ca_bundle, read_client_certificate])
def test_what_is_no_certificate(read):
    kind = "ca" if read is read_ca_bundle else "client"
    broken = LEAF.pem[:100] + "\n" + LEAF.pem[-40:]
    for text in ("", "hello", "ä", broken, "-----BEGIN CERTIFICATE-----"):
        assert refused(read, text, NOW).code == f"{kind}_not_pem"
    assert refused(read, LEAF.pem + LEAF.key_pem(), NOW).code == f"{kind}_private_key"
    assert refused(read, LEAF.pem + OVER.pem, NOW).code == f"{kind}_expired"
    assert refused(read, EARLY.pem, NOW).code == f"{kind}_not_yet_valid"


def test_an_expired_one_is_named():
    params = refused(read_ca_bundle, OVER.pem, NOW).params
    assert params == {"subject": "CN=registry", "at": f"{NOW - DAY:%Y-%m-%d}"}


@pytest.mark.parametrize("password", [None, "pässword"])
def test_a_key_and_its_certificate(password):
    key = read_client_key(LEAF.key_pem(password), password)
    assert b"BEGIN PRIVATE KEY" in key
    check_pair(LEAF.certificate, key)
    assert refused(check_pair, OVER.certificate, key).code == "client_key_other"


def test_a_key_in_the_old_form():
    old = LEAF.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"secret"),
    ).decode()
    check_pair(LEAF.certificate, read_client_key(old, "secret"))
    assert refused(read_client_key, old, "wrong").code == "client_key_password"


def test_keys_that_are_none():
    locked = LEAF.key_pem("right")
    for password in (None, "", "wrong"):
        assert refused(read_client_key, locked, password).code == "client_key_password"
    for text in ("", "hello", LEAF.pem, LEAF.key_pem()[:60] + "\n-----END PRIVATE KEY-----"):
        assert refused(read_client_key, text, None).code == "client_key_not_pem"


def test_a_bundle_that_names_its_authorities():
    named = f"# Autorité de l'État\n{authority().pem}\n# تصديق\n{authority('other').pem}"
    assert len(read_ca_bundle(named, NOW)) == len(ssl_context(named).get_ca_certs()) == 2
    check_usable(f"# Identité\n{LEAF.pem}", read_client_key(LEAF.key_pem(), None))


def test_a_key_that_tls_does_not_take():
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = self_signed_certificate(key, "registry", NOW - DAY, NOW + DAY).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    check_pair(read_client_certificate(pem, NOW)[0], private)
    assert refused(check_usable, pem, private).code == "client_unusable"
    with pytest.raises(RouteUnusable) as caught:
        Route(certificate=pem, key=private).ssl_context()
    assert caught.value.code == "tls_client_unusable"
