from odoo import _, models
from odoo.exceptions import UserError


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        """Refused while payment addresses are still on their way: they would be lost.

        Odoo uninstalls with a module whatever depends on it.
        """
        if "g2p_spar_sync" in (self | self.downstream_dependencies()).mapped("name"):
            self._spar_refuse_while_open()
        return super().button_uninstall()

    def _spar_refuse_while_open(self):
        waiting = (
            self.env["spar.submission"]
            .sudo()
            .search_count([("state", "in", ("new", "held", "pending", "sending", "conflict"))])
        )
        if waiting:
            raise UserError(
                _(
                    "%s submissions are still open, and uninstalling would lose them. Wait until "
                    "they are sent, or decide on or cancel each of them (menu SPAR).",
                    waiting,
                )
            )
