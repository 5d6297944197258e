from odoo import http
from odoo.http import request

ON_ITS_WAY = ("new", "pending", "sending")


class SparPortal(http.Controller):
    @http.route(
        "/portal/payment/<string:once>", type="http", auth="user", website=True, sitemap=False
    )
    def result(self, once):
        """What became of a form's payment address, for the enumerator who handed it in."""
        row = request.env["spar.portal"]._row(once)
        if not row:
            raise request.not_found()
        states = dict(row._fields["state"]._description_selection(request.env))
        values = {
            "row": row,
            "state": states[row.state],
            "waits": row.state in ON_ITS_WAY,
            "household": row.partner_id.is_group,
        }
        return request.render("g2p_spar_sync_portal.result", values)
