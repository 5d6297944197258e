from odoo import _, api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    """Who is a registrant, and by what id SPAR knows them. Glue overrides these methods."""

    _inherit = "res.partner"

    submission_ids = fields.One2many(
        "spar.submission",
        "partner_id",
        string="Payment address submissions",
        groups="g2p_spar_sync.group_spar_viewer",
        copy=False,
    )

    def _spar_connections(self):
        """{partner id: its connection}; a partner without one is missing.

        The one of its own company goes before one for every company; a partner of no company goes
        by one for every company first. Of several such ones it is the first.
        """
        # Whoever looks at archived contacts, too, does not mean archived connections.
        connections = self.env["spar.connection"].sudo().with_context(active_test=True).search([])
        if connections and not connections.company_id:
            return dict.fromkeys(self.ids, connections[0])
        found = {}
        for partner in self.sudo():
            company = partner.company_id
            fitting = connections.filtered(
                lambda c, company=company: (
                    not c.company_id or not company or c.company_id == company
                )
            )
            own = fitting.filtered(lambda c, company=company: c.company_id == company)
            if fitting:
                found[partner.id] = (own or fitting)[0]
        return found

    def _spar_is_registrant(self):
        """The ids of those in ``self`` who are registrants: the connection's domain decides."""
        by_connection = {}
        for partner, connection in self._spar_connections().items():
            by_connection.setdefault(connection, set()).add(partner)
        registrants = set()
        for connection, ids in by_connection.items():
            partners = self.browse(ids).sudo()
            partners.fetch(connection._registrant_fields())
            registrants |= set(partners.filtered_domain(connection._registrant_domain()).ids)
        return registrants

    def _spar_id(self):
        """{partner id: the string SPAR keys on}; a partner without an id is missing."""
        connections = self._spar_connections()
        return {
            partner.id: connections[partner.id]._affixed(partner.ref.strip())
            for partner in self.sudo()
            if partner.id in connections and (partner.ref or "").strip()
        }

    def _spar_with_ids(self, connection, spar_ids):
        """{SPAR id: ids of all registrants who carry it}, for ``spar_ids`` of ``connection``."""
        refs = connection._without_affixes(spar_ids)
        partners = self.sudo().search([("ref", "in", list(refs))])
        registrants = partners._spar_is_registrant()
        carriers = {}
        for partner in partners:
            if partner.id in registrants:
                carriers.setdefault(refs[partner.ref], []).append(partner.id)
        return carriers

    def _spar_lines(self):
        """{partner id: ids of all who share its line at SPAR, itself included}.

        Glue names those whom one SPAR id stands for, as a household and the head it is paid by.
        """
        return {partner: (partner,) for partner in self.ids}

    def _spar_no_id(self):
        """{partner id: why it has no id for SPAR, in words}; a partner with an id is missing."""
        text = _("The registrant has no id for SPAR yet. It is sent once there is one.")
        return dict.fromkeys(set(self.ids) - self._spar_id().keys(), text)

    def _spar_held_back(self):
        """{partner id: reason} of registrants whose rows wait for a person before they are sent."""
        return {partner.id: "registrant_archived" for partner in self if not partner.active}

    def _spar_id_fields(self):
        """Names of the fields of ``res.partner`` that ``_spar_id`` reads."""
        return {"ref"}

    def write(self, vals):
        result = super().write(vals)
        # Also where the value is the same: Odoo's partner merge moves rows past the ORM, and then
        # writes the values of whoever is kept.
        if not self._spar_id_fields().isdisjoint(vals):
            self.env["spar.submission"]._id_changed(self)
        if "company_id" in vals:
            self.env["spar.submission"]._connection_changed(self)
            self.env["spar.submission"]._look_once_more(self)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_submissions(self):
        if (
            self.env["spar.submission"]
            .sudo()
            .search_count([("partner_id", "in", self.ids)], limit=1)
        ):
            raise UserError(
                _(
                    "A registrant with payment address submissions is not deleted, since they are "
                    "the record of where money was sent. Archive the registrant instead."
                )
            )
