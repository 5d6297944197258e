from odoo import models

from odoo.addons.g2p_spar_sync.models.spar_submission_intake import PARTS


class ProcessIndividual(models.AbstractModel):
    """What a request says of payment, as values of the registrant."""

    _inherit = "process_individual.rest.mixin"

    def _process_individual(self, individual):
        return {**super()._process_individual(individual), **_payment(individual)}


class ProcessGroup(models.AbstractModel):
    _inherit = "process_group.rest.mixin"

    def _process_group(self, group_info):
        return {**super()._process_group(group_info), **_payment(group_info)}


def _payment(info):
    given = info.model_dump()
    return {name: given[name] for name in PARTS if given.get(name)}
