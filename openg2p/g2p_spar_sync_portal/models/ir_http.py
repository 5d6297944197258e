from odoo import models
from odoo.http import request

ROUTES = {
    "/portal/registration/individual/create/submit",
    "/portal/registration/individual/update/submit",
    "/portal/registration/group/create/submit",
    "/portal/registration/group/update/submit",
}


class IrHttp(models.AbstractModel):
    """Stands before the portal's four submit routes, whoever overrides their controllers.

    Those write any posted field of any registrant, by GET too, without a token and without asking
    whose the registrant is, and some of their overrides never call super(). So what concerns
    payment is taken out of the request before any of them sees it.
    """

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        routes = {route.rstrip("/") for route in endpoint.routing.get("routes") or ()}
        if not routes & ROUTES:
            return super()._dispatch(endpoint)
        portal = request.env["spar.portal"]
        given = portal._take_out(request.params)
        if not portal._asks_for_payment(given):
            return super()._dispatch(endpoint)
        refusal = portal._refuse(given, request.params)
        if refusal is not None:
            return refusal
        before = portal._newest_registrant()
        response = super()._dispatch(endpoint)
        return portal._hand_in(given, request.params, before, response)
