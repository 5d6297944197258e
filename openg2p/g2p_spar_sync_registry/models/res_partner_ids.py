from odoo import _, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """The id that SPAR keys on: the registrant's, or the head's, of the connection's type."""

    _inherit = "res.partner"

    def _spar_id(self):
        by_type = self._spar_by_id_type()
        found = super(ResPartner, self - by_type)._spar_id()
        heads = by_type._spar_heads()
        through_head = by_type._spar_paid_through_head()
        connections = by_type._spar_connections()
        payees = {
            partner.id: heads.get(partner.id) if partner in through_head else partner.id
            for partner in by_type
        }
        usable = self._spar_reg_ids(payees.values()).filtered(lambda r: r._spar_is_usable())
        values = {(reg.partner_id.id, reg.id_type): reg.value.strip() for reg in usable}
        for partner, payee in payees.items():
            connection = connections[partner]
            value = values.get((payee, connection.id_type_id))
            if value:
                found[partner] = f"{connection.id_prefix or ''}{value}{connection.id_suffix or ''}"
        return found

    def _spar_by_id_type(self):
        """Those in ``self`` whose connection names a type of id."""
        connections = self._spar_connections()
        return self.filtered(lambda p: p.id in connections and connections[p.id].id_type_id)

    def _spar_reg_ids(self, partners):
        ids = [partner for partner in partners if partner]
        return self.env["g2p.reg.id"].sudo().search([("partner_id", "in", ids)])

    def _spar_with_ids(self, connection, spar_ids):
        if not connection.id_type_id:
            return super()._spar_with_ids(connection, spar_ids)
        values = connection._without_affixes(spar_ids)
        self.env["g2p.reg.id"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM g2p_reg_id WHERE btrim(value) IN %s AND id_type = %s",
                tuple(values) or ("",),
                connection.id_type_id.id,
            )
        )
        found = self.env["g2p.reg.id"].sudo().browse([row[0] for row in self.env.cr.fetchall()])
        usable = found.filtered(lambda reg: reg._spar_is_usable())
        partners = usable.partner_id - usable.partner_id._spar_paid_through_head()
        registrants = partners._spar_is_registrant()
        lines = self.browse(registrants)._spar_lines()
        carriers = {}
        for reg in usable:
            if reg.partner_id.id in registrants:
                carriers.setdefault(values[reg.value.strip()], set()).update(
                    lines[reg.partner_id.id]
                )
        return {spar_id: sorted(ids) for spar_id, ids in carriers.items()}

    def _spar_no_id(self):
        missing = super()._spar_no_id()
        by_type = self._spar_by_id_type().filtered(lambda partner: partner.id in missing)
        heads = by_type._spar_heads()
        through_head = by_type._spar_paid_through_head()
        connections = by_type._spar_connections()
        for partner in by_type:
            id_type = connections[partner.id].id_type_id
            if partner in through_head and partner.id not in heads:
                missing[partner.id] = _(
                    "The household has no head to be paid through. Name one among its members."
                )
                continue
            reg = self._spar_reg_ids([heads.get(partner.id, partner.id)]).filtered(
                lambda r, id_type=id_type: r.id_type == id_type
            )[:1]
            missing[partner.id] = reg._spar_unusable_text(id_type, partner.id in heads)
        return missing

    def _spar_ids_changed(self):
        """These, and households paid through them, may go by another id now."""
        households = self._spar_households()
        mates = {household for several in households.values() for household in several}
        self.env["spar.submission"]._id_changed(self | self.browse(mates))


class G2PRegId(models.Model):
    _inherit = "g2p.reg.id"

    def _spar_is_usable(self):
        """Does this id count? Nobody else enforces validity and expiry."""
        self.ensure_one()
        return bool((self.value or "").strip()) and not self._spar_is_over()

    def _spar_is_over(self):
        today = fields.Date.context_today(self)
        return self.status == "invalid" or bool(self.expiry_date and self.expiry_date < today)

    def _spar_unusable_text(self, id_type, of_head):
        """Why SPAR cannot be told this id (or none), in words."""
        names = {"type": id_type.name, "date": self.expiry_date}
        if not self or not (self.value or "").strip():
            if of_head:
                return _("The household's head has no %(type)s. Enter it.", **names)
            return _("The registrant has no %(type)s. Enter it.", **names)
        if self.status == "invalid":
            return _("The %(type)s is marked invalid. Correct it, or its status.", **names)
        return _("The %(type)s expired on %(date)s. Enter the new one.", **names)
