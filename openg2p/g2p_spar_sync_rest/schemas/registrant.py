from pydantic import Field

from odoo.addons.g2p_registry_rest_api.schemas.registrant import RegistrantInfoRequest

METHOD = "bank_account, mobile_wallet or email_wallet"


class PaymentRegistrantInfoRequest(RegistrantInfoRequest, extends=RegistrantInfoRequest):
    payment_method: str | None = Field(None, description=METHOD)
    payment_provider: str | None = Field(None, description="Code of the bank or the provider")
    payment_branch: str | None = Field(None, description="Code of the bank's branch")
    payment_account: str | None = Field(None, description="Account number, phone or email")
