"""The master key: it wraps every other key, and lies outside the database.

Sources, the first that is there: ``spar_master_key`` or ``spar_master_key_file`` in odoo.conf;
else ``spar/master.key`` in Odoo's data directory.
A key is 32 random bytes in URL-safe base64, as ``Fernet.generate_key()`` makes them. Several stand
newest first, separated by commas or line ends: the first one wraps, any of them opens.
"""

import os
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo import _
from odoo.exceptions import UserError
from odoo.tools import config

OPTION_KEY = "spar_master_key"
OPTION_FILE = "spar_master_key_file"


class MasterKeyUnusable(UserError):
    """``code``: master_key_missing, master_key_malformed or master_key_wrong."""

    def __init__(self, code, message):
        self.code = code
        super().__init__(message)


def wrap(secret):
    """``bytes`` -> text that only the master key opens."""
    return _masters()[0].encrypt(secret).decode()


def unwrap(wrapped):
    """The bytes behind ``wrap``'s text. MasterKeyUnusable when the master key is another one."""
    try:
        return MultiFernet(_masters()).decrypt(wrapped.encode())
    except InvalidToken as error:
        raise MasterKeyUnusable(
            "master_key_wrong",
            _(
                "The SPAR master key does not fit this database: it cannot open the keys stored "
                "here. Put back the master key that was backed up with this database "
                "(spar_master_key or spar_master_key_file in odoo.conf, or spar/master.key in "
                "Odoo's data directory)."
            ),
        ) from error


def is_newest(wrapped):
    """Is it the first master key that opens ``wrapped``?"""
    try:
        _masters()[0].decrypt(wrapped.encode())
    except InvalidToken:
        return False
    return True


def count():
    """How many master keys are configured."""
    return len(_masters())


def ensure():
    """Make the default key file when nothing is configured. For installation only."""
    path = _default_path()
    if config.get(OPTION_KEY) or config.get(OPTION_FILE) or os.path.exists(path):
        _masters()
        return
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(Fernet.generate_key())


def _default_path():
    return os.path.join(config["data_dir"], "spar", "master.key")


def _masters():
    """The configured keys, newest first: one at the least."""
    text = config.get(OPTION_KEY)
    if not text:
        path = config.get(OPTION_FILE) or _default_path()
        try:
            with open(path, encoding="ascii") as handle:
                text = handle.read()
        except (OSError, UnicodeDecodeError) as error:
            raise MasterKeyUnusable(
                "master_key_missing",
                _(
                    "There is no SPAR master key: the file %(path)s cannot be read. Restore it "
                    "from the backup, or name the key in odoo.conf (spar_master_key).",
                    path=path,
                ),
            ) from error
    try:
        return [Fernet(key) for key in re.split(r"\s*,\s*|\s+", text.strip())]
    except ValueError as error:
        raise MasterKeyUnusable(
            "master_key_malformed",
            _(
                "The SPAR master key is not one: it must be 32 bytes in URL-safe base64; several "
                "are separated by commas, newest first. Restore the right one from the backup."
            ),
        ) from error
