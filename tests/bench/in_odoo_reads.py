# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pieces of work that read, for ``in_odoo.py``: what the web client and the dispatcher ask."""

from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tools import SQL


def form(env, partner):
    """Open the contact's form: its views, and the record with all that they show."""
    views = env["res.partner"].get_views([(False, "form")])
    root = etree.fromstring(views["views"]["form"]["arch"])
    shown = root.xpath("//field[not(ancestor::field)]/@name")
    spec = {name: {} for name in shown}
    if "submission_ids" in spec:
        spec["submission_ids"] = {"fields": _list_spec(env)}
    return len(env["res.partner"].browse(partner).web_read(spec))


def panel(env, partner):
    """What the form's panel asks afterwards."""
    return env["res.partner"].browse(partner).spar_panel()["state"]


def monitoring(env, view):
    """What a scrape reads."""
    env.cr.execute(SQL("SELECT * FROM %s", SQL.identifier(view)))
    return len(env.cr.fetchall())


def claim(env, connection, limit):
    """The plan of the statement that claims, run and rolled back."""
    from odoo.addons.g2p_spar_sync.dispatch.heads import HEADS, IN_ORDER

    env.cr.execute(IN_ORDER)
    return _explained(env, HEADS, (connection, limit))


def explain(env, query):
    """The plan of a statement, run."""
    return _explained(env, query, None)


def filters(env):
    """[(name, domain)] of the filters over submissions; a domain of the day is made of the day."""
    views = env["spar.submission"].get_views([(False, "search")])
    root = etree.fromstring(views["views"]["search"]["arch"])
    found = [("none", [])]
    for node in root.xpath("//filter[@domain]"):
        try:
            domain = literal_eval(node.get("domain"))
        except ValueError:
            at = fields.Datetime.now() - timedelta(days=1)
            [(name, operator, _value)] = _leaves(node.get("domain"))
            domain = [(name, operator, fields.Datetime.to_string(at))]
        found.append((node.get("string"), domain))
    return found


def listing(env, domain):
    """The first page of the list of submissions, as the web client asks for it."""
    found = env["spar.submission"].web_search_read(
        [tuple(leaf) if isinstance(leaf, list) else leaf for leaf in domain],
        _list_spec(env),
        limit=80,
        count_limit=10_001,
    )
    return found["length"]


def grouping(env, groupby, domain):
    """How many submissions there are in each group."""
    domain = [tuple(leaf) if isinstance(leaf, list) else leaf for leaf in domain]
    return len(env["spar.submission"]._read_group(domain, [groupby], ["__count"]))


def _list_spec(env):
    """What the list of submissions shows."""
    views = env["spar.submission"].get_views([(False, "list" if _lists(env) else "tree")])
    [view] = views["views"].values()
    names = etree.fromstring(view["arch"]).xpath("//field/@name")
    model = env["spar.submission"]._fields
    return {
        name: {"fields": {"display_name": {}}} if model[name].type == "many2one" else {}
        for name in names
    }


def _lists(env):
    """Whether lists are called so: since 18.0."""
    return env["ir.ui.view"]._fields["type"].get_values(env).count("list")


def _leaves(text):
    """[(field, operator, "")] of a domain whose value the browser makes."""
    name, operator = text.strip("[(").split(",")[:2]
    return [(literal_eval(name.strip()), literal_eval(operator.strip()), "")]


def _explained(env, query, parameters):
    env.cr.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query}", parameters)
    return [row[0] for row in env.cr.fetchall()]
