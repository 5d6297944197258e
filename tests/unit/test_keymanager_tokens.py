"""The tokens that KeymanagerSigner shows: fetched, kept, renewed, refused."""

import time

import pytest

from spar.tokens import KeptToken

from .keymanagers import BODY, PEM, base, certificate_of, signer, tokens, unusable


@pytest.mark.parametrize(
    ("client", "secret", "code"),
    [
        ("registry", "wrong", "keymanager_token_refused"),
        ("nobody", "s2", "keymanager_token_refused"),
        ("spar-mapper", "s1", "keymanager_not_allowed"),
    ],
)
def test_clients_that_are_not_let_in(keymanager, client, secret, code):
    pem = certificate_of(keymanager)
    with signer(base(keymanager), tokens(keymanager, client, secret), pem) as one:
        assert unusable(one.sign, BODY) == code
    with signer(base(keymanager), None, pem) as one:
        assert unusable(one.sign, BODY) == "keymanager_not_allowed"


def test_a_token_is_kept_and_renewed_before_it_ends(keymanager, monkeypatch):
    asked, now, kept = [], [1000.0], KeptToken()
    handler = keymanager.RequestHandlerClass
    real = handler._token
    monkeypatch.setattr(handler, "_token", lambda self, body: asked.append(1) or real(self, body))
    pem = certificate_of(keymanager)
    for _ in range(2):  # another client of the same process
        made = tokens(keymanager, kept=kept, monotonic=lambda: now[0])
        with signer(base(keymanager), made, pem, monotonic=lambda: now[0]) as one:
            one.sign(BODY)
            one.sign(BODY)
    assert len(asked) == 1
    now[0] += 870 * 0.8 + 1
    made = tokens(keymanager, kept=kept, monotonic=lambda: now[0])
    with signer(base(keymanager), made, pem, monotonic=lambda: now[0]) as one:
        one.sign(BODY)
    assert len(asked) == 2
    # Its server forgot it: one more is fetched, and only one.
    kept.token = "1.registry.aa"
    with signer(base(keymanager), tokens(keymanager, kept=kept), pem) as one:
        one.sign(BODY)
        assert len(asked) == 3
        keymanager.clients["registry"] = "changed"
        assert unusable(one.sign, BODY) == "keymanager_token_refused"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>", "keymanager_token_failed"),
        (200, b"[]", "keymanager_token_failed"),
        (200, b'{"access_token": null}', "keymanager_token_failed"),
        # It would be more than one cookie.
        (200, b'{"access_token": "a; b=c"}', "keymanager_token_failed"),
        (200, b'{"access_token": "a\\r\\nX-Evil: 1"}', "keymanager_token_failed"),
        (302, b"", "keymanager_token_failed"),
        (503, b"{}", "keymanager_token_failed"),
        (400, b'{"error": "unauthorized_client"}', "keymanager_token_refused"),
    ],
)
def test_whatever_the_token_server_answers(keymanager, monkeypatch, status, body, code):
    def answer(self, _form):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    monkeypatch.setattr(keymanager.RequestHandlerClass, "_token", answer)
    with signer(base(keymanager), tokens(keymanager), PEM) as one:
        assert unusable(one.sign, BODY) == code


def test_a_token_without_a_lifetime_is_not_kept_for_long(keymanager, monkeypatch):
    handler = keymanager.RequestHandlerClass
    real = handler._answer
    forget = {"expires_in": "soon"}
    monkeypatch.setattr(
        handler,
        "_answer",
        lambda self, status, said: real(
            self, status, said | forget if "access_token" in said else said
        ),
    )
    kept = KeptToken()
    with signer(base(keymanager), tokens(keymanager, kept=kept), certificate_of(keymanager)) as one:
        one.sign(BODY)
    assert kept.renew_at < time.monotonic() + 60


def test_neither_secret_nor_token_is_shown(keymanager):
    kept = KeptToken()
    made = tokens(keymanager, kept=kept)
    with signer(base(keymanager), made, certificate_of(keymanager)) as one:
        one.sign(BODY)
        for shown in (repr(one), repr(made), repr(kept)):
            assert "s2" not in shown and kept.token not in shown
