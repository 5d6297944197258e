from odoo import _, api, models
from odoo.exceptions import AccessError, ValidationError

from .spar_connection import WATCHED


class SparConnection(models.Model):
    """Registrants are chosen, and addresses collected, by fields that whoever names them may read.

    Both are done with the server's rights, and what comes of it is shown: who is a registrant would
    tell what a hidden field holds, letter by letter. Not a constraint, since Odoo runs those with
    the server's rights, too.
    """

    _inherit = "spar.connection"

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._refuse_unreadable(("registrant_domain", "pilot_domain", *WATCHED))
        return connections

    def write(self, vals):
        result = super().write(vals)
        self._refuse_unreadable(vals)
        return result

    def _refuse_unreadable(self, names):
        partners = self.env["res.partner"]
        for connection in self:
            domains = []
            if "registrant_domain" in names:
                domains.append(connection._registrant_domain())
            if "pilot_domain" in names:
                domains.append(connection._pilot())
            for domain in domains:
                try:
                    partners.search_count(domain, limit=1)
                except AccessError as error:
                    raise ValidationError(
                        _(
                            "The domain asks for something that you may not read. Choose other "
                            "fields, or have it set by somebody who may."
                        )
                    ) from error
            watched = [connection[name] for name in WATCHED if name in names and connection[name]]
            hidden = set(watched) - partners.fields_get(watched, ["type"]).keys()
            if hidden:
                raise ValidationError(
                    _("You may not read %s, so you cannot have it watched.", ", ".join(hidden))
                )
