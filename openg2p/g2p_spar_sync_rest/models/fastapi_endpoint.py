from typing import Annotated

from fastapi import Depends

from odoo import models

from odoo.addons.base.models.res_partner import Partner
from odoo.addons.fastapi.dependencies import (
    authenticated_partner_env,
    authenticated_partner_impl,
)
from odoo.addons.g2p_spar_sync.models.channel_marks import API, CONTEXT_KEY


def marked_env(partner: Annotated[Partner, Depends(authenticated_partner_impl)]):
    """The environment of a request to the registry's API, marked as channel ``api``."""
    context = {"authenticated_partner_id": partner.id, CONTEXT_KEY: API}
    return partner.with_context(**context).env


class FastapiEndpoint(models.Model):
    _inherit = "fastapi.endpoint"

    def _get_app(self):
        app = super()._get_app()
        if self.app == "registry":
            app.dependency_overrides[authenticated_partner_env] = marked_env
        return app
