"""What a person types to say where SPAR is and how to get there: judged before it is stored."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from .errors import ConfigurationUnusable

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: a path that a wire format adds by itself: the folder, maybe with an operation behind it
_WIRE_PATH = re.compile(r"/(sync|mapper)(/(link|update|resolve|unlink))?/*$", re.IGNORECASE)
# Ours, the library's, or of one connection only; another value would break the request.
_RESERVED = frozenset(
    "host signature signature-input connection keep-alive te trailer transfer-encoding upgrade "
    "expect range date via forwarded".split()
)
_RESERVED_BEGINNINGS = ("content-", "accept", "proxy-", "if-", "sec-", "x-forwarded-")
LONGEST_VALUE = 8000


class SettingUnusable(ConfigurationUnusable):
    """A setting that cannot work; ``code`` is one of MESSAGES, ``params`` hold nothing secret."""

    MESSAGES = {
        "url_empty": "There is no URL.",
        "url_whitespace": "The URL holds a space or an unprintable character.",
        "url_not_ascii": "The URL holds letters beyond ASCII.",
        "url_scheme": "The URL has no scheme, or another one than http and https.",
        "url_host": "The URL names no host.",
        "url_credentials": "The URL carries a user or password.",
        "url_query": "The URL carries a query or a fragment.",
        "url_port": "The port of the URL is none.",
        "url_wire_path": "The URL holds the part that the wire format adds.",
        "url_plain": "The URL is plain http.",
        "proxy_scheme": "The URL of the proxy does not begin with http://.",
        "proxy_path": "The URL of the proxy carries a path.",
        "proxy_user": "The user of the proxy holds a colon or an unprintable character.",
        "header_name": "This is no name of a header.",
        "header_reserved": "This header is the protocol's own.",
        "header_twice": "Two headers have the same name.",
        "header_value": "The value of the header is empty, too long or has unprintable characters.",
        "ca_not_pem": "This is no certificate in PEM form.",
        "ca_private_key": "A private key stands among the certificates.",
        "ca_expired": "A certificate of the bundle has expired.",
        "ca_not_yet_valid": "A certificate of the bundle is not valid yet.",
        "client_not_pem": "The client certificate is none in PEM form.",
        "client_private_key": "A private key stands in the field of the certificate.",
        "client_expired": "The client certificate has expired.",
        "client_not_yet_valid": "The client certificate is not valid yet.",
        "client_unusable": "TLS on this machine does not take the client certificate or its key.",
        "client_key_missing": "The client certificate has no key.",
        "client_key_alone": "There is a client key without a certificate.",
        "client_key_not_pem": "The client key is no private key in PEM form.",
        "client_key_password": "The password of the client key is missing or wrong.",
        "client_key_other": "The client key does not belong to the client certificate.",
    }

    def __init__(self, code: str, **params):
        super().__init__(self.MESSAGES[code], code=code)
        self.params = params


def check_url(url: str, *, allow_http: bool = False) -> None:
    """Raise SettingUnusable unless payment addresses may travel to ``url``."""
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise SettingUnusable("url_scheme")
    _check_parts(url, parts)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not allow_http:
        raise SettingUnusable("url_plain")


def check_base_url(url: str, *, allow_http: bool = False) -> None:
    """Raise SettingUnusable unless requests can go to ``url`` + a wire format's path."""
    check_url(url, allow_http=allow_http)
    found = _WIRE_PATH.search(urlsplit(url).path)
    if found:
        raise SettingUnusable("url_wire_path", part=found.group().rstrip("/"))


def check_proxy(url: str, user: str | None = None) -> None:
    """Raise SettingUnusable unless ``url`` is ``http://host:port`` of a proxy."""
    parts = _split(url)
    # What goes through it to SPAR is TLS of our own; TLS in TLS could not be cut in time.
    if parts.scheme != "http":
        raise SettingUnusable("proxy_scheme")
    _check_parts(url, parts)
    if parts.path not in ("", "/"):
        raise SettingUnusable("proxy_path")
    if user and (":" in user or not _printable(user)):
        raise SettingUnusable("proxy_user")


def check_header_names(names: Iterable[str]) -> None:
    """Raise SettingUnusable unless each may go along with every request."""
    seen = set()
    for name in names:
        low = name.lower()
        if not _TOKEN.fullmatch(name):
            raise SettingUnusable("header_name")
        if low in _RESERVED or low.startswith(_RESERVED_BEGINNINGS):
            raise SettingUnusable("header_reserved", name=name)
        if low in seen:
            raise SettingUnusable("header_twice", name=name)
        seen.add(low)


def check_header_value(name: str, value: str) -> None:
    """Raise SettingUnusable unless ``value`` is one line of visible ASCII."""
    clean = value.isascii() and value.isprintable() and value == value.strip()
    if not value or not clean or len(value) > LONGEST_VALUE:
        raise SettingUnusable("header_value", name=name)


def origin(url: str) -> str:
    """Scheme, host and port, e.g. https://spar.example.org:443: whom a secret is given to."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{port}"


def _split(url: str) -> SplitResult:
    if not url:
        raise SettingUnusable("url_empty")
    # Before the URL is taken apart, which drops some of them.
    if not _printable(url) or any(character.isspace() for character in url):
        raise SettingUnusable("url_whitespace")
    if not url.isascii():
        raise SettingUnusable("url_not_ascii")
    try:
        return urlsplit(url)
    except ValueError:
        raise SettingUnusable("url_host") from None


def _check_parts(url: str, parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise SettingUnusable("url_credentials")
    if "?" in url or "#" in url:
        raise SettingUnusable("url_query")
    try:
        port = parts.port
    except ValueError:
        raise SettingUnusable("url_port") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise SettingUnusable("url_port")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise SettingUnusable("url_host")


def _printable(text: str) -> bool:
    return not any(unicodedata.category(character)[0] == "C" for character in text)
