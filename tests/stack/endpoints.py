# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``.stack/endpoints.json``: where everything is, for tests and for people."""

from . import keymanager, odoo, odoo_database, paths, postgres, spar
from .passwords import password


def write() -> dict[str, str]:
    """Write the file (mode 0600) and return what is in it.

    ========================= =================================================================
    odoo_url, odoo_db         Odoo's web client, and its database
    odoo_login, odoo_password an administrator
    spar_url, spar_wire       SPAR's base URL, and the name of its wire format
    pg_dsn_odoo, pg_dsn_spar  the two databases, by the role that owns each; SPAR's has the
                              audit table ``id_fa_audit``
    pg_dsn_selfservice        Odoo's database by the outside role
    pg_dsn_monitor            Odoo's database by the role of monitoring
    keymanager_url            the stand-in for Keycloak and Keymanager
    keymanager_client         an OIDC client that may have something signed there, and its
    keymanager_secret         secret
    keymanager_certs          folder; ``OpenG2P-SPAR-Mapper/PARTNER_<SENDER>.pem`` registers a
                              partner's certificate
    ========================= =================================================================
    """
    database = odoo.database()
    content = {
        "odoo_url": odoo.url(),
        "odoo_db": database,
        "odoo_login": odoo_database.LOGIN,
        "odoo_password": password("odoo_admin"),
        "spar_url": spar.url(),
        "spar_wire": "g2p-connect",
        "pg_dsn_odoo": postgres.dsn("odoo", database),
        "pg_dsn_spar": postgres.dsn("spar", "spar"),
        "pg_dsn_selfservice": postgres.dsn("spar_selfservice", database),
        "pg_dsn_monitor": postgres.dsn("spar_monitor", database),
        "keymanager_url": keymanager.url(),
        "keymanager_client": keymanager.SIGNING_CLIENT_ID,
        "keymanager_secret": password("oauth_signing_client"),
        "keymanager_certs": str(keymanager.CERTS),
    }
    paths.write_json(paths.ENDPOINTS, content)
    return content
