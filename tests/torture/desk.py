# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Handing in, by several threads, until everything is accepted, whatever breaks meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from random import Random

import psycopg2
import requests

from tests.helpers.rpc import Odoo, RpcError, WebSession
from tests.helpers.world import OFFICER_LOGIN
from tests.stack.passwords import password

from .cast import CLERK, Cast
from .plan import WITH_ORIGIN, Step, Submission, address

#: What a client sees of a crash: its transaction may be committed or not.
_CRASHES = (requests.RequestException, psycopg2.OperationalError, psycopg2.InterfaceError)
#: Errors of Odoo's that are a crash behind it, or another worker that was faster.
_PASSING = (
    *("psycopg2.", "odoo.sql_db.", "builtins.Connection", "odoo.http.SessionExpired"),
    # What Odoo makes of a database that dies while it looks up whose session this is.
    "odoo.exceptions.AccessDenied",
)
#: The addon's own words for "not now": a row went on meanwhile, or SPAR cannot be asked.
_DECLINED = ("odoo.exceptions.UserError", "odoo.addons.g2p_spar_sync.")
#: Seconds in which a step has to be accepted.
_PATIENCE = 400
_DECIDED_AT_ONCE, _DECIDED_ALONE = 40, 4
_pause = threading.Event()


class Desk:
    """Hands in the steps of a plan.

    :param backlog: so many open submissions at most, or the threads wait
    :ivar accepted: numbers of the submissions whose transaction was acknowledged
    :ivar cancelled: ids of rows that a person dropped
    """

    def __init__(self, cast: Cast, backlog: int):
        self.cast, self.world = cast, cast.world
        self.accepted: set[int] = set()
        self.decisions = 0
        self.retries = 0
        self.failed: list[BaseException] = []
        self._backlog = backlog
        self._lock = threading.Lock()
        self._steps: Iterator[Step] = iter(cast.plan.steps)
        self._bank = threading.Lock()
        self._stopped = threading.Event()

    def open(self, threads: int) -> list[threading.Thread]:
        """Start handing in; returns the threads."""
        made = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(threads)
        ]
        for thread in made:
            thread.start()
        return made

    def close(self) -> None:
        """Hand in nothing more than what is begun; the ids that are awaited still come."""
        self._stopped.set()

    @property
    def progress(self) -> int:
        """How many submissions were accepted so far."""
        return len(self.accepted)

    def hand_in(self, step: Step) -> None:
        """One step more, beside those of the threads."""
        self._accept(step, self._clients(), Random(f"{self.cast.plan.seed}"))

    def _work(self, number: int) -> None:
        clients = self._clients()
        rng = Random(f"{self.cast.plan.seed} {number}")
        try:
            while (step := self._next()) is not None:
                self._make_room()
                self._accept(step, clients, rng)
        except Exception as error:  # noqa: BLE001 - told to the thread that waits for this one
            self.failed.append(error)

    def _clients(self) -> dict[str, Odoo]:
        return {
            "admin": self.world.client(kind=WebSession),
            "officer": self.world.client(OFFICER_LOGIN, password("odoo_officer"), WebSession),
            "clerk": self.world.client(CLERK, password(f"odoo_{CLERK}"), WebSession),
        }

    def _accept(self, step: Step, clients: dict[str, Odoo], rng: Random) -> None:
        self._until_accepted(lambda: self._do(step, clients, rng))
        with self._lock:
            self.accepted.update(one.number for one in step.submissions)

    def _next(self) -> Step | None:
        with self._lock:
            for step in self._steps:
                if not self._stopped.is_set() or step.kind == "id":
                    return step
        return None

    def _make_room(self) -> None:
        """Wait while too much is open: the database is asked, so a crash of it is waited out."""

        def room() -> bool:
            opened = self.world.ledger.value(
                "SELECT count(*) FROM spar_submission WHERE state IN ('new', 'pending', 'sending')"
            )
            return opened < self._backlog or self._stopped.is_set()

        while not self._until_accepted(room):
            _pause.wait(0.3)

    def _until_accepted(self, work: Callable):
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return work()
            except _CRASHES:
                if time.monotonic() > until:
                    raise
            except RpcError as error:
                if time.monotonic() > until or not error.name.startswith(_PASSING):
                    raise
            self.retries += 1
            _pause.wait(0.5)

    def _do(self, step: Step, clients: dict[str, Odoo], rng: Random) -> None:
        if step.kind == "id":
            self.cast.give_id(clients["admin"], step.registrant, step.ref)
        elif step.submissions:
            getattr(self, f"_by_{step.kind}")(step.submissions, clients)
        else:
            self._decide(step.kind, clients["officer"], rng)

    def _vals(self, one: Submission) -> dict:
        vals = {
            "partner_id": self.cast.partners[one.registrant],
            "operation": one.operation,
            **address(one.registrant, one.serial).parts,
        }
        if one.way in WITH_ORIGIN:
            vals["origin_ref"] = self.cast.origin(one)
        return vals

    def _by_rows(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        user = "admin" if many[0].number % 3 else "officer"
        clients[user].create("spar.submission", [self._vals(one) for one in many])

    def _by_sql(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        columns = (
            "partner_id operation payment_method payment_provider payment_account origin_ref"
        ).split()
        rows = [[vals[name] for name in columns] for vals in map(self._vals, many)]
        marks = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(rows))
        self.world.outside.run(
            f"INSERT INTO spar_submission ({', '.join(columns)}) VALUES {marks} "
            "ON CONFLICT DO NOTHING",
            *(value for row in rows for value in row),
        )

    def _by_nested(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        commands = []
        for one in many:
            vals = self._vals(one)
            del vals["partner_id"]
            commands.append((0, 0, vals))
        partner = self.cast.partners[many[0].registrant]
        clients["admin"].write("res.partner", partner, {"submission_ids": commands})

    def _by_file(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        """A file names each contact once: what comes twice goes into a second file."""
        columns = ["payment_method", "payment_provider", "payment_account"]
        rest = list(many)
        while rest:
            file = {one.registrant: one for one in reversed(rest)}
            data = [
                [self.cast.partners[one.registrant]]
                + [address(one.registrant, one.serial).parts[name] for name in columns]
                for one in file.values()
            ]
            done = clients["admin"].call("res.partner", "load", [".id", *columns], data)
            if not done["ids"]:
                # Odoo tells a collision with another writer as if it were a row's mistake.
                raise psycopg2.OperationalError(f"the file was refused: {done['messages'][:1]}")
            rest = [one for one in rest if file[one.registrant] is not one]

    def _by_fields(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        self._write(many[0], clients["admin"])

    def _by_unknown(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        self._write(many[0], clients["clerk"])

    def _write(self, one: Submission, client: Odoo) -> None:
        parts = address(one.registrant, one.serial).parts
        client.write("res.partner", self.cast.partners[one.registrant], parts)

    def _by_watched(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        """Wallets only: the fields that the demo's connection watches are a wallet's."""
        [one] = many
        chosen = address(one.registrant, one.serial)
        if chosen.method != "mobile_wallet":
            self._write(one, clients["admin"])
            return
        vals = {
            "x_demo_wallet_number": chosen.account,
            "x_demo_wallet_provider": chosen.provider,
        }
        clients["admin"].write("res.partner", self.cast.partners[one.registrant], vals)

    def _by_bank(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        """Banks only; the registrant's first account is made, then edited."""
        [one] = many
        chosen, partner = (
            address(one.registrant, one.serial),
            self.cast.partners[one.registrant],
        )
        if chosen.method != "bank_account":
            self._write(one, clients["admin"])
            return
        admin = clients["admin"]
        with self._bank:
            found = admin.find("res.partner.bank", [("partner_id", "=", partner)], "id", limit=1)
            if found:
                admin.write("res.partner.bank", found[0]["id"], {"acc_number": chosen.account})
                return
            bank = admin.find("res.bank", [("spar_code", "=", chosen.provider)], "id")[0]["id"]
            account = {"partner_id": partner, "acc_number": chosen.account, "bank_id": bank}
            admin.create("res.partner.bank", account)

    def _by_form(self, many: tuple[Submission, ...], clients: dict[str, Odoo]) -> None:
        """The change form, as an officer fills it in."""
        [one] = many
        chosen, admin = address(one.registrant, one.serial), clients["admin"]
        form = admin.call("res.partner", "spar_change", [self.cast.partners[one.registrant]])
        vals = {"kind": chosen.method, "account": chosen.account, "account_again": chosen.account}
        if chosen.method == "bank_account":
            domain = [("spar_code", "=", chosen.provider)]
            vals["bank_id"] = admin.find("res.bank", domain, "id")[0]["id"]
        else:
            domain = [("code", "=", chosen.provider), ("method", "=", chosen.method)]
            vals["provider_id"] = admin.find("spar.provider", domain, "id")[0]["id"]
        admin.write("spar.change.wizard", form["res_id"], vals)
        admin.call("spar.change.wizard", "action_submit", [form["res_id"]])

    def _decide(self, what: str, officer: Odoo, rng: Random) -> None:
        """Some rows of this run; where one of them went on meanwhile, only the first few."""
        states = {"release": ("held",), "cancel": ("held", "pending"), "retry": ("pending",)}
        found = self.world.ledger.rows(
            "SELECT id FROM spar_submission WHERE partner_id = ANY(%s) AND state IN %s "
            "AND NOT COALESCE(waits_for_id, false)",
            list(self.cast.partners.values()),
            states[what],
        )
        rows = [row for [row] in found]
        rows = rng.sample(rows, min(len(rows), rng.randint(1, _DECIDED_AT_ONCE)))
        for some in (rows, *([row] for row in rows[:_DECIDED_ALONE])):
            try:
                officer.call("spar.submission", f"action_{what}", some)
            except RpcError as error:
                if not error.name.startswith(_DECLINED):
                    raise
            else:
                self.decisions += len(some)
                if len(some) == len(rows):
                    return
