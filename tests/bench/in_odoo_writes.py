# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pieces of work that write, for ``in_odoo.py``. Each runs with or without the addon."""


def create(env, word, count, kind="plain"):
    """Registrants in one ``create``.

    :param kind: plain, ``addressed`` (payment fields) or ``bank`` (a ``res.partner.bank`` row each)
    :returns: their ids
    """
    return env["res.partner"].create([_vals(word, n, kind) for n in range(1, count + 1)]).ids


def edit(env, ids, text):
    """One ordinary write for each registrant, of a field that is nobody's payment address."""
    for partner in env["res.partner"].browse(ids):
        partner.write({"function": text})
        env.flush_all()


def drop(env, word):
    """Cancel what was handed in, so that nobody sends it."""
    env.cr.execute(
        "UPDATE spar_submission SET state = 'cancelled', address_sealed = NULL "
        "WHERE state = 'pending' AND partner_id IN (SELECT id FROM res_partner WHERE ref LIKE %s)",
        (f"{word}-%",),
    )


def _vals(word, number, kind):
    vals = {"name": f"Demo {word}", "ref": f"{word}-{number:06d}", "city": "Nowhere"}
    account = f"{number:013d}"
    if kind == "addressed":
        vals |= {
            "payment_method": "bank_account",
            "payment_provider": "DEMOKENA",
            "payment_branch": "001",
            "payment_account": account,
        }
    elif kind == "bank":
        vals["bank_ids"] = [(0, 0, {"acc_number": account})]
    return vals
