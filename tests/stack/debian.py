# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Debian's packages: installed on the machine, or only downloaded and unpacked."""

import os
import re
import shutil
from pathlib import Path

from . import paths
from .errors import StackError
from .say import say, step
from .shell import capture, run

_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d"))
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: sid has Odoo; bookworm is where a few older siblings come from.
_SUITES = ("sid", "bookworm")


def require_apt(why: str) -> None:
    """:raises StackError: this machine has no apt, so the package cannot be had that way."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise StackError(
                f"This machine has no {tool}, so it is not Debian, and {why} comes from Debian.",
                "Run this on Debian 12 (a container will do). To use an Odoo of your own, set "
                "ODOO=/path/to/odoo; PostgreSQL is found when its initdb is on the PATH.",
            )


def install(packages: list[str], why: str) -> None:
    """Install packages on this machine, as root or with passwordless sudo.

    :raises StackError: neither is possible; the message has the command for root.
    """
    require_apt(why)
    prefix = _as_root()
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if prefix is None:
        raise StackError(
            f"{why} is not installed, and this user may not install it.",
            f"Run as root: {command}",
        )
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    cure = "Run it by hand to see all of it; check the network and /etc/apt, then try again."
    with step(f"Installing {why} from Debian ({', '.join(packages)})"):
        apt = [*prefix, "apt-get", "-o", "DPkg::Lock::Timeout=300"]
        run([*apt, "update"], "apt-get update", cure=cure, log="apt", env=env)
        run(
            [*apt, "install", "-y", "--no-install-recommends", *packages],
            "apt-get install",
            cure=cure,
            log="apt",
            env=env,
            detail=_last_line,
        )


def download(packages: list[str]) -> list[Path]:
    """Fetch packages (``name`` or ``name/suite``) without installing them, root or not.

    Apt gets a private configuration whose source is this machine's own mirror; apt itself
    verifies the signatures. What lies in the cache is used again.

    :returns: the ``.deb`` files, in the order asked for.
    """
    archives = paths.cache() / "apt" / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    missing = [name for name in packages if not _cached(archives, name)]
    if missing:
        require_apt("Odoo")
        options = _private_options()
        cure = (
            "Check the network and this machine's apt sources ('apt-get update' must work); "
            "or name an Odoo that is there already with ODOO=/path/to/odoo."
        )
        with step("Reading the package list of Debian sid (20 MB)"):
            run(["apt-get", *options, "update"], "apt-get update (sid)", cure=cure, log="apt")
        with step(f"Downloading {', '.join(missing)}"):
            run(
                ["apt-get", *options, "download", *missing],
                "apt-get download",
                cure=cure,
                log="apt",
                cwd=archives,
                detail=lambda: f"{_megabytes(archives)} MB there",
            )
    else:
        say(f"Using {len(packages)} Debian packages from the download cache")
    found = []
    for name in packages:
        deb = _cached(archives, name)
        if deb is None:
            raise StackError(
                f"apt-get downloaded {name}, but its file is not in {archives}.",
                "Delete that folder and run the command again.",
            )
        found.append(deb)
    return found


def mirror() -> str:
    """The URI of the Debian mirror this machine's own apt uses.

    :raises StackError: its apt sources name none (a Debian derivative, or an empty list).
    """
    for line in _source_lines():
        one_line = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+\S+\s+(.*)", line)
        uri = one_line.group(1) if one_line and "main" in one_line.group(2).split() else None
        stanza = re.match(r"URIs:\s*(\S+)", line, re.IGNORECASE)
        uri = stanza.group(1) if stanza else uri
        if uri and uri.rstrip("/").endswith("/debian"):
            return uri.rstrip("/")
        if uri and uri.startswith("mirror"):
            return uri
    raise StackError(
        "No Debian mirror (a URI that ends in /debian) is named in this machine's apt sources.",
        "Run this on Debian 12, or name an Odoo that is there already with ODOO=/path/to/odoo.",
    )


def _source_lines() -> list[str]:
    lines: list[str] = []
    for place in _SOURCES:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        for file in files:
            if file.suffix in (".list", ".sources") and file.is_file():
                lines += [line.strip() for line in file.read_text().splitlines()]
    return lines


def _private_options() -> list[str]:
    """Write the private source list and return apt's options for it."""
    base = paths.cache() / "apt"
    (base / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    uri = mirror()
    signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
    listing = base / "sources.list"
    listing.write_text("".join(f"deb {signed}{uri} {suite} main\n" for suite in _SUITES))
    settings = {
        "Dir::Etc::sourcelist": listing,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State::Lists": base / "lists",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # _apt cannot enter a home folder
        "APT::Update::Post-Invoke-Success": "",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _cached(archives: Path, package: str) -> Path | None:
    found = sorted(archives.glob(f"{package.partition('/')[0]}_*.deb"), key=os.path.getmtime)
    return found[-1] if found else None


def _as_root() -> list[str] | None:
    """The words before a command that make it run as root, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and capture(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n", "-E"]
    return None


def _megabytes(folder: Path) -> int:
    return sum(item.stat().st_size for item in folder.rglob("*") if item.is_file()) // 10**6


def _last_line() -> str:
    lines = (paths.LOGS / "apt.log").read_text(errors="replace").splitlines()
    return lines[-1][:60] if lines else ""
