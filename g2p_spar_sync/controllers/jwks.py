import hashlib
import re

from odoo import http
from odoo.http import request

#: Seconds for which whoever fetched the keys may go by them.
MAX_AGE = 300
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SparJwks(http.Controller):
    @http.route(
        "/spar/<string:token>/jwks.json",
        type="http",
        auth="none",
        methods=["GET"],
        save_session=False,
        sitemap=False,
    )
    def jwks(self, token):
        """The public keys of the connection with this token, for SPAR and for anybody."""
        connections = request.env["spar.connection"].sudo()
        if TOKEN.fullmatch(token):
            connections = connections.search([("jwks_token", "=", token)], limit=1)
        if not connections:
            raise request.not_found()
        body = connections._jwks()
        response = request.make_response(
            body,
            headers=[
                ("Content-Type", "application/jwk-set+json"),
                ("Cache-Control", f"public, max-age={MAX_AGE}"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        response.set_etag(hashlib.sha256(body).hexdigest()[:32])
        response.make_conditional(request.httprequest)
        return response
