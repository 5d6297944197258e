# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The running stack, set up as the demo wants it: one connection to the real SPAR, two officers.

Everything goes through Odoo's external API, as a manager would click it. Safe to repeat.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from tests.stack import odoo_database, paths
from tests.stack.errors import StackError
from tests.stack.passwords import password

from .databases import Database, SparTable
from .invent import BANK_CODE
from .rpc import Odoo, RpcError

#: The second officer: what admin submitted and the policy holds, this one may release.
OFFICER_LOGIN = "spar_officer"
_BANK = {"name": "Demo Bank of Nowhere", "bic": BANK_CODE, "spar_code": BANK_CODE}
_WALLETS = (
    {"code": "MPESA", "name": "M-PESA", "method": "mobile_wallet"},
    {"code": "PAYPAL", "name": "PayPal", "method": "email_wallet"},
)
_OFFICER = "g2p_spar_sync.group_spar_officer"
_MANAGER = "g2p_spar_sync.group_spar_manager"
_ROLE = "spar_selfservice"


#: The demo's numbers; tests shorten them, and the next set-up puts them back.
_NUMBERS = {
    "batch_size": 100,
    "lease_seconds": 60,
    "in_flight_seconds": 60,
    "connect_seconds": 5,
    "read_seconds": 10,
}


@dataclass
class World:
    """Every way to touch the stack.

    :ivar admin: officer and manager
    :ivar officer: the second officer, no manager
    :ivar ledger: Odoo's database by the role that owns it
    :ivar outside: Odoo's database by the role of the self-service API
    :ivar names: {code: name} of the bank and the wallet providers
    """

    endpoints: dict[str, str]
    admin: Odoo
    officer: Odoo
    spar: SparTable
    ledger: Database
    outside: Database
    connection: int
    names: dict[str, str]

    def client(self, login: str = "", secret: str = "", kind: type[Odoo] = Odoo) -> Odoo:
        """Another client; admin's without a login. For another thread or another user."""
        ends = self.endpoints
        return kind(
            ends["odoo_url"],
            ends["odoo_db"],
            login or ends["odoo_login"],
            secret or ends["odoo_password"],
        )

    def configure(self, **vals) -> None:
        """Change the connection."""
        self.admin.write("spar.connection", self.connection, vals)

    def state(self, *fields: str) -> dict:
        """Fields of the connection."""
        return self.admin.read("spar.connection", self.connection, *fields)


def open_world() -> World:
    """Connect to the stack and bring the demo's connection in order.

    :raises StackError: the stack was never started, or SPAR does not answer through the addon.
    """
    ends = paths.read_json(Path(os.environ.get("SPAR_STACK_ENDPOINTS") or paths.ENDPOINTS))
    if not ends:
        raise StackError("The stack was never started.", "Run 'python3 -m tests.stack up'.")
    database = ends["odoo_db"]
    admin = Odoo(ends["odoo_url"], database, ends["odoo_login"], ends["odoo_password"])
    grant(admin, admin.uid, _OFFICER, _MANAGER)
    world = World(
        endpoints=ends,
        admin=admin,
        officer=_second_officer(admin, ends),
        spar=SparTable(ends["pg_dsn_spar"]),
        ledger=Database(ends["pg_dsn_odoo"]),
        outside=Database(ends["pg_dsn_selfservice"]),
        connection=_connection(admin, ends),
        names=_providers(admin),
    )
    register_certificate(world)
    _name_role(admin)
    if world.state("state")["state"] != "running":
        admin.call("spar.connection", "action_resume", [world.connection])
    _test(world)
    return world


def groups_field(odoo: Odoo) -> str:
    """What ``res.users`` calls its groups: it was renamed in Odoo 19."""
    return "group_ids" if float(odoo.version()) >= 19 else "groups_id"


def make_user(world: World, login: str, *groups: str) -> Odoo:
    """A user of exactly these groups (external ids), and a client for it."""
    admin, secret = world.admin, password(f"odoo_{login}")
    found = admin.find("res.users", [("login", "=", login)], "id")
    vals = {
        "name": f"Demo user {login}",
        "password": secret,
        groups_field(admin): [(6, 0, [_external(admin, group) for group in groups])],
    }
    if found:
        admin.write("res.users", found[0]["id"], vals)
    else:
        admin.create("res.users", {"login": login, **vals})
    return world.client(login, secret)


def register_certificate(world: World) -> Path:
    """Put the active key's certificate where SPAR's Keymanager looks for partners'."""
    admin = world.admin
    domain = [("connection_id", "=", world.connection), ("state", "=", "active")]
    keys = admin.find("spar.key", domain, "certificate")
    if not keys:
        admin.call("spar.connection", "action_generate_key", [world.connection])
        keys = admin.find("spar.key", domain, "certificate")
    return give_certificate(world, keys[0]["certificate"])


def give_certificate(world: World, certificate: str) -> Path:
    """Register a certificate, PEM, in one go; the one before ends by it."""
    target = certificate_path(world)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_text(certificate)
    fresh.replace(target)
    return target


def certificate_path(world: World) -> Path:
    """Where the Keymanager stand-in looks for this connection's certificate."""
    sender = world.state("sender_id")["sender_id"].replace("-", "_").upper()
    folder = Path(world.endpoints["keymanager_certs"]) / "OpenG2P-SPAR-Mapper"
    return folder / f"PARTNER_{sender}.pem"


def _connection(admin: Odoo, ends: dict[str, str]) -> int:
    """The id of the first connection, pointing at the stack's SPAR."""
    kenya = admin.find("res.country", [("code", "=", "KE")], "id")[0]["id"]
    watched = _watched_fields(admin)
    vals = {
        "base_url": ends["spar_url"],
        "wire_format": ends["spar_wire"],
        "registrant_domain": "[('is_company', '=', False)]",
        "country_id": kenya,
        "watch_account": watched["x_demo_wallet_number"],
        "watch_provider": watched["x_demo_wallet_provider"],
        "watch_default_method": "mobile_wallet",
        **_NUMBERS,
    }
    found = admin.find("spar.connection", [], "id", limit=1)
    if found:
        admin.write("spar.connection", found[0]["id"], vals)
        return found[0]["id"]
    return admin.create("spar.connection", {"name": "SPAR", "sender_id": "openg2p-demo", **vals})


def _watched_fields(admin: Odoo) -> dict[str, str]:
    """Plain fields such as deployments add to contacts to collect wallets into."""
    model = admin.find("ir.model", [("model", "=", "res.partner")], "id")[0]["id"]
    wanted = {
        "x_demo_wallet_number": "Wallet number (demo)",
        "x_demo_wallet_provider": "Wallet provider (demo)",
    }
    for name, label in wanted.items():
        domain = [("model", "=", "res.partner"), ("name", "=", name)]
        if not admin.find("ir.model.fields", domain, "id"):
            admin.create(
                "ir.model.fields",
                {"model_id": model, "name": name, "field_description": label, "ttype": "char"},
            )
    return {name: name for name in wanted}


def _providers(admin: Odoo) -> dict[str, str]:
    """Make the bank and the wallet providers that are missing. {code: name}"""
    if not admin.find("res.bank", [("spar_code", "=", BANK_CODE)], "id"):
        admin.create("res.bank", _BANK)
    known = {row["code"]: row["name"] for row in admin.find("spar.provider", [], "code", "name")}
    for wallet in _WALLETS:
        if wallet["code"] not in known:
            admin.create("spar.provider", wallet)
            known[wallet["code"]] = wallet["name"]
    return {**known, BANK_CODE: _BANK["name"]}


def _second_officer(admin: Odoo, ends: dict[str, str]) -> Odoo:
    secret = password("odoo_officer")
    client = Odoo(ends["odoo_url"], ends["odoo_db"], OFFICER_LOGIN, secret)
    found = admin.find("res.users", [("login", "=", OFFICER_LOGIN)], "id")
    if found:
        user = found[0]["id"]
    else:
        vals = {"name": "Demo Second Officer", "login": OFFICER_LOGIN, "password": secret}
        user = admin.create("res.users", vals)
    grant(admin, user, "base.group_user", "base.group_partner_manager", _OFFICER)
    try:
        client.uid  # noqa: B018 - logs in
    except RpcError:  # the demo data made the user, with a password of its own or none
        admin.write("res.users", user, {"password": secret})
    return client


def grant(admin: Odoo, user: int, *groups: str) -> None:
    """Give a user groups, by their external ids, where it lacks them."""
    name = groups_field(admin)
    has = set(admin.read("res.users", user, name)[name])
    missing = [group for group in (_external(admin, g) for g in groups) if group not in has]
    if missing:
        admin.write("res.users", user, {name: [(4, group) for group in missing]})


def _external(odoo: Odoo, name: str) -> int:
    module, _, record = name.partition(".")
    domain = [("module", "=", module), ("name", "=", record)]
    found = odoo.find("ir.model.data", domain, "res_id")
    if not found:
        raise StackError(f"Odoo has no {name}.", f"Install {odoo_database.ADDON}.")
    return found[0]["res_id"]


def _name_role(admin: Odoo) -> None:
    """Name the outside role at its channel, which grants it what it needs."""
    channel = admin.find("spar.channel", [("code", "=", "selfservice")], "db_role")[0]
    if channel["db_role"] != _ROLE:
        admin.write("spar.channel", channel["id"], {"db_role": _ROLE})


def _test(world: World) -> None:
    """Test connection, as its button does."""
    answer = world.admin.call("spar.connection", "action_test_connection", [world.connection])
    if answer["params"]["type"] != "success":
        raise StackError(
            f"The connection to SPAR does not work: {answer['params']['message']}",
            "See 'python3 -m tests.stack status' and .stack/log/spar.log.",
        )
