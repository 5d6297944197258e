"""The master key: it wraps every other key, and lies outside the database.

Sources, the first that is there: ``spar_master_key`` or ``spar_master_key_file`` in odoo.conf;
else ``spar/master.key`` in Odoo's data directory.
The key is 32 random bytes in URL-safe base64, as ``Fernet.generate_key()`` makes them.
"""

import os

from cryptography.fernet import Fernet, InvalidToken

from odoo import _
from odoo.exceptions import UserError
from odoo.tools import config

OPTION_KEY = "spar_master_key"
OPTION_FILE = "spar_master_key_file"


def wrap(secret):
    """``bytes`` -> text that only the master key opens."""
    return _master().encrypt(secret).decode()


def unwrap(wrapped):
    """The bytes behind ``wrap``'s text. UserError when the master key is another one."""
    try:
        return _master().decrypt(wrapped.encode())
    except InvalidToken as error:
        raise UserError(
            _(
                "The SPAR master key does not fit this database: it cannot open the keys stored "
                "here. Put back the master key that was backed up with this database "
                "(spar_master_key or spar_master_key_file in odoo.conf, or spar/master.key in "
                "Odoo's data directory)."
            )
        ) from error


def ensure():
    """Make the default key file when nothing is configured. For installation only."""
    path = _default_path()
    if config.get(OPTION_KEY) or config.get(OPTION_FILE) or os.path.exists(path):
        _master()
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(Fernet.generate_key())


def _default_path():
    return os.path.join(config["data_dir"], "spar", "master.key")


def _master():
    text = config.get(OPTION_KEY)
    if not text:
        path = config.get(OPTION_FILE) or _default_path()
        try:
            with open(path, encoding="ascii") as handle:
                text = handle.read().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                _(
                    "There is no SPAR master key: the file %(path)s cannot be read. Restore it "
                    "from the backup, or name the key in odoo.conf (spar_master_key).",
                    path=path,
                )
            ) from error
    try:
        return Fernet(text)
    except ValueError as error:
        raise UserError(
            _(
                "The SPAR master key is not one: it must be 32 bytes in URL-safe base64. "
                "Restore the right one from the backup."
            )
        ) from error
