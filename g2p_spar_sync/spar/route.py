"""How a request gets to SPAR, and what it shows on the way."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from .certificates import ssl_context
from .errors import ConnectionLevelError


class ProxyUnreachable(ConnectionLevelError):
    default_code = "proxy_unreachable"
    default_message = "The proxy on the way to SPAR cannot be reached."


class ProxyRefused(ConnectionLevelError):
    """Codes: proxy_refused, proxy_password. ``http_status`` is the proxy's."""

    default_code = "proxy_refused"
    default_message = "The proxy does not let us through to SPAR."


class RouteUnusable(ConnectionLevelError):
    """Codes: route_unreadable, tls_client_unusable."""

    default_code = "route_unreadable"
    default_message = "What this connection shows on its way to SPAR cannot be opened."


@dataclass(frozen=True, kw_only=True)
class Route:
    """Nothing of it is taken from the environment. Its repr shows no secret."""

    #: PEM; nobody else is trusted. None: whom requests trusts
    ca_bundle: str | None = field(default=None, repr=False)
    #: PEM, by which we show who we are
    certificate: str | None = field(default=None, repr=False)
    #: PEM, PKCS#8, not encrypted
    key: bytes | None = field(default=None, repr=False)
    #: http://host:port
    proxy: str | None = None
    proxy_user: str | None = field(default=None, repr=False)
    proxy_password: str | None = field(default=None, repr=False)
    #: for a gateway, with every request
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def ssl_context(self) -> ssl.SSLContext:
        try:
            return ssl_context(self.ca_bundle, self.certificate, self.key)
        except ssl.SSLError:
            raise RouteUnusable(code="tls_client_unusable") from None

    def proxy_headers(self) -> dict[str, str]:
        """What the proxy alone gets to see."""
        if not self.proxy_user:
            return {}
        pair = f"{self.proxy_user}:{self.proxy_password or ''}".encode()
        return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}
