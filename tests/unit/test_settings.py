"""What a person types: each mistake has a word of its own."""

import pytest

from spar.settings import (
    SettingUnusable,
    check_base_url,
    check_header_names,
    check_header_value,
    check_proxy,
    check_url,
    origin,
)


def code_of(check, *args, **kwargs):
    """The code of the refusal, None where there is none."""
    try:
        check(*args, **kwargs)
    except SettingUnusable as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://spar.example.org", None),
        ("https://spar.example.org/", None),
        ("https://spar.example.org:8443/api/mapper-v1", None),
        ("https://spar.example.org/synced", None),
        ("https://10.1.2.3/api", None),
        ("https://[2001:db8::1]:8443/api", None),
        ("http://localhost:8007", None),
        ("http://127.0.0.1:8007/x", None),
        ("http://[::1]:8007", None),
        ("", "url_empty"),
        ("spar.example.org", "url_scheme"),
        ("spar.example.org:443/api", "url_scheme"),
        ("//spar.example.org", "url_scheme"),
        ("ftp://spar.example.org", "url_scheme"),
        ("javascript:alert(1)", "url_scheme"),
        ("https://", "url_host"),
        ("https:///api", "url_host"),
        ("https://[::1", "url_host"),
        ("https://spar_example$.org", "url_host"),
        ("https://user:secret@spar.example.org", "url_credentials"),
        ("https://@spar.example.org", "url_credentials"),
        ("https://spar.example.org/api?a=b", "url_query"),
        ("https://spar.example.org/api?", "url_query"),
        ("https://spar.example.org/#a", "url_query"),
        ("https://spar.example.org/#", "url_query"),
        ("https://spar.example.org:port", "url_port"),
        ("https://spar.example.org:0", "url_port"),
        ("https://spar.example.org:70000", "url_port"),
        ("https://spar.example.org:", "url_port"),
        (" https://spar.example.org", "url_whitespace"),
        ("https://spar.example.org ", "url_whitespace"),
        ("https://spar. example.org", "url_whitespace"),
        ("https://spar.example.org\n", "url_whitespace"),
        ("https://spar.example.org/\u200b", "url_whitespace"),
        ("https://spär.example.org", "url_not_ascii"),
        ("https://sp\u0430r.example.org", "url_not_ascii"),
        ("https://spar.example.org/sync", "url_wire_path"),
        ("https://spar.example.org/api/mapper/", "url_wire_path"),
        ("https://spar.example.org/api/mapper/resolve", "url_wire_path"),
        ("https://spar.example.org/Sync/link/", "url_wire_path"),
        ("http://spar.example.org", "url_plain"),
        ("http://localhost.example.org", "url_plain"),
    ],
)
def test_base_url(url, code):
    assert code_of(check_base_url, url) == code


def test_another_url_may_end_as_it_likes():
    assert code_of(check_url, "https://keymanager.example.org/v1/sync") is None
    assert code_of(check_url, "http://keymanager.example.org/v1/sync") == "url_plain"


def test_plain_http_by_a_deliberate_switch():
    assert code_of(check_base_url, "http://spar.example.org", allow_http=True) is None
    assert code_of(check_base_url, "http://spar.example.org/sync", allow_http=True)


def test_the_part_to_leave_out_is_named():
    with pytest.raises(SettingUnusable) as caught:
        check_base_url("https://spar.example.org/api/mapper/resolve/")
    assert caught.value.params == {"part": "/mapper/resolve"}


@pytest.mark.parametrize(
    ("url", "user", "code"),
    [
        ("http://proxy.example.org:3128", "registry", None),
        ("http://10.0.0.1:3128/", None, None),
        ("https://proxy.example.org:3128", None, "proxy_scheme"),
        ("socks5://proxy.example.org", None, "proxy_scheme"),
        ("proxy.example.org:3128", None, "proxy_scheme"),
        ("http://user:secret@proxy.example.org", None, "url_credentials"),
        ("http://proxy.example.org/path", None, "proxy_path"),
        ("http://proxy.example.org:99999", None, "url_port"),
        ("http://proxy.example.org", "a:b", "proxy_user"),
        ("http://proxy.example.org", "a\nb", "proxy_user"),
    ],
)
def test_proxy(url, user, code):
    assert code_of(check_proxy, url, user) == code


@pytest.mark.parametrize("name", ["X-API-Key", "apikey", "Authorization", "Cookie", "User-Agent"])
def test_names_of_headers_for_a_gateway(name):
    assert code_of(check_header_names, [name]) is None


@pytest.mark.parametrize(
    "name",
    """Host signature Signature-Input Connection Keep-Alive TE Trailer Transfer-Encoding Upgrade
    Content-Type content-length Content-Encoding Accept Accept-Encoding Proxy-Authorization Expect
    If-Match Range Date Forwarded X-Forwarded-For""".split(),
)
def test_headers_that_are_the_protocols_own(name):
    assert code_of(check_header_names, ["X-Other", name]) == "header_reserved"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ä", "a\n", "(a)"])
def test_what_is_no_name_of_a_header(name):
    assert code_of(check_header_names, [name]) == "header_name"


def test_a_header_twice():
    assert code_of(check_header_names, ["X-Key", "x-key"]) == "header_twice"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("abc DEF==", None),
        ("", "header_value"),
        ("a\r\nX-Other: b", "header_value"),
        ("a\nb", "header_value"),
        ("a\tb", "header_value"),
        (" a", "header_value"),
        ("ä", "header_value"),
        ("a" * 8001, "header_value"),
    ],
)
def test_values_of_headers(value, code):
    assert code_of(check_header_value, "X-Key", value) == code


def test_origin():
    assert origin("https://Spar.example.org./api") == "https://spar.example.org:443"
    assert origin("http://[::1]:8007/") == "http://::1:8007"
    assert origin("https://a") != origin("http://a")
