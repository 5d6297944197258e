# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's external API, as any outside program uses it.

JSON-RPC at ``/jsonrpc``: there on Odoo 17, 18 and 19, and, unlike XML-RPC, it can carry None.
"""

from typing import Any

import requests

#: What the server said of every error, to its user and behind it.
ERRORS: list[str] = []


class RpcError(Exception):
    """Odoo answered with an error.

    :ivar name: the exception's class, e.g. ``odoo.exceptions.AccessError``
    """

    def __init__(self, name: str, message: str, debug: str):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.debug = debug
        ERRORS.append(f"{self} {debug}")


class Odoo:
    """One user's connection to one database. Belongs to one thread.

    :param timeout: seconds to wait for an answer.
    """

    def __init__(self, url: str, database: str, login: str, password: str, timeout: float = 120):
        self.url, self.database, self.login = url, database, login
        self._password = password
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine knows nothing of the stack
        self._uid: int | None = None

    @property
    def uid(self) -> int:
        """The user's id. :raises RpcError: login and password do not fit."""
        if self._uid is None:
            uid = self._rpc("common", "login", self.database, self.login, self._password)
            if not uid:
                raise RpcError("AccessDenied", f"The login {self.login} was refused.", "")
            self._uid = uid
        return self._uid

    def version(self) -> str:
        """Odoo's series, e.g. ``19.0``."""
        return self._rpc("common", "version")["server_serie"]

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method: one call is one transaction."""
        return self._rpc(
            "object",
            "execute_kw",
            self.database,
            self.uid,
            self._password,
            model,
            method,
            args,
            kwargs,
        )

    def create(self, model: str, vals: dict | list[dict], **kwargs: Any) -> Any:
        """The id of a new record; a list of ids for a list."""
        ids = self.call(model, "create", vals if isinstance(vals, list) else [vals], **kwargs)
        return ids if isinstance(vals, list) else ids[0]

    def write(self, model: str, ids: int | list[int], vals: dict, **kwargs: Any) -> None:
        """Write the same values to some records."""
        self.call(model, "write", ids if isinstance(ids, list) else [ids], vals, **kwargs)

    def read(self, model: str, record: int, *fields: str) -> dict:
        """One record's fields."""
        return self.call(model, "read", [record], list(fields))[0]

    def find(self, model: str, domain: list, *fields: str, **kwargs: Any) -> list[dict]:
        """``search_read``."""
        return self.call(model, "search_read", domain, list(fields), **kwargs)

    def _rpc(self, service: str, method: str, *args: Any) -> Any:
        return self._post("/jsonrpc", {"service": service, "method": method, "args": args})

    def _post(self, path: str, params: dict) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self._session.post(f"{self.url}{path}", json=body, timeout=self._timeout)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            data = content["error"].get("data", {})
            raise RpcError(data.get("name", "?"), data.get("message", "?"), data.get("debug", ""))
        return content.get("result")  # absent when the method returned None


class WebSession(Odoo):
    """The same over a session of the web client: the password is hashed once, not at each call.

    Odoo hashes 600,000 rounds; whoever calls thousands of times would measure little else.
    """

    _logged_in = False

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method; logs in before the first call, and again after a session's end."""
        if not self._logged_in:
            names = {"db": self.database, "login": self.login, "password": self._password}
            self._post("/web/session/authenticate", names)
            self._logged_in = True
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        try:
            return self._post(f"/web/dataset/call_kw/{model}/{method}", params)
        except RpcError as error:
            self._logged_in = error.name != "odoo.http.SessionExpiredException"
            raise
