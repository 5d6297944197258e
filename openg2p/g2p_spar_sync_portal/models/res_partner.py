from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _spar_responsible(self, user):
        """Those in ``self`` whom this enumerator may hand in a payment address for."""
        return self.sudo().filtered(
            lambda partner: (
                partner.active
                and partner.is_registrant
                and (
                    user in (partner.user_id, partner.create_uid)
                    or partner._spar_enumerated_by(user)
                )
            )
        )

    def _spar_enumerated_by(self, user):
        """Was this registrant collected by the ODK account of ``user``?"""
        self.ensure_one()
        if "odk_app_user" not in self._fields:
            return False
        account = user.sudo().partner_id.odk_app_user.odk_user_id
        return bool(account) and self.enumerator_id.enumerator_user_id == str(account)
