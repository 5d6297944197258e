from odoo import http
from odoo.http import request

ROOT = "/portal/registration"


class RegistrationPortal(http.Controller):
    """As upstream: under sudo, by GET too, without a token, for whomever, errors with 200."""

    @http.route(f"{ROOT}/individual/create/", type="http", auth="user", csrf=False)
    def individual_form(self, **kw):
        return self._form("individual_registrant_form_template")

    @http.route(f"{ROOT}/group/create/", type="http", auth="user", csrf=False)
    def group_form(self, **kw):
        return self._form("group_create_form_template")

    @http.route(f"{ROOT}/individual/update/<int:_id>", type="http", auth="user", csrf=False)
    def individual_update_form(self, _id, **kw):
        return self._form("individual_update_form_template", _id)

    @http.route(f"{ROOT}/group/update/<int:_id>", type="http", auth="user", csrf=False)
    def group_update_form(self, _id, **kw):
        return self._form("group_update_form_template", _id)

    @http.route(f"{ROOT}/individual/create/submit", type="http", auth="user", csrf=False)
    def individual_create_submit(self, **kw):
        return self._submit(kw, is_group=False)

    @http.route(f"{ROOT}/group/create/submit", type="http", auth="user", csrf=False)
    def group_create_submit(self, **kw):
        return self._submit(kw, is_group=True)

    @http.route(f"{ROOT}/individual/update/submit", type="http", auth="user", csrf=False)
    def update_individual_submit(self, **kw):
        return self._submit(kw)

    @http.route(f"{ROOT}/group/update/submit/", type="http", auth="user", csrf=False)
    def group_submit(self, **kw):
        return self._submit(kw)

    @staticmethod
    def _form(template, partner=None):
        values = {"beneficiary": request.env["res.partner"].sudo().browse(partner)}
        return request.render(f"g2p_registration_portal_base.{template}", values)

    @staticmethod
    def _submit(given, **kind):
        partners = request.env["res.partner"].sudo()
        try:
            if given.get("group_id"):
                partner = partners.browse(int(given["group_id"]))
            else:
                vals = {"name": given["name"], "user_id": request.env.uid, "is_registrant": True}
                partner = partners.create({**vals, **kind})
            for name, value in given.items():
                if name in partner:
                    partner.write({name: value})
        except (ValueError, KeyError):
            return request.make_response("An error occurred. Please try again later.")
        return request.redirect(f"{ROOT}/done")
