from datetime import timezone

from dateutil import parser

from odoo import api, fields, models

from odoo.addons.g2p_spar_sync.models.channel_marks import ODK, ORIGIN_KEY, Origin, marked
from odoo.addons.g2p_spar_sync.models.spar_submission_intake import PARTS

from .mapping import KEY, RUN_KEY


class ResPartner(models.Model):
    """What an import creates: where it came from, and its members' payment addresses."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        forms = [vals.get(KEY) for vals in vals_list]
        if not any(forms):
            return super().create(vals_list)
        vals_list = [{k: v for k, v in vals.items() if k != KEY} for vals in vals_list]
        if marked(self.env.context) is not ODK:
            return super().create(vals_list)
        partners = self.browse()
        for vals, form in zip(vals_list, forms, strict=True):
            partners |= self._spar_create_from_odk(vals, form or {})
        return partners

    @api.model
    def _spar_create_from_odk(self, vals, form):
        instance = str(form.get("instance") or "")[:200]
        collected_at = _moment(form.get("collected_at"))
        submitter = form.get("submitter_id")
        actor = f"odk:{submitter}"[:50] if submitter else None
        source = Origin(instance, collected_at, actor)
        partner = super(ResPartner, self._spar_from(source)).create([vals]).with_env(self.env)
        handed_in = partner
        for number, (member, parts) in enumerate(_members(vals, form)):
            if parts:
                source = Origin(f"{instance}/{number}", collected_at, actor)
                individual = self._spar_from(source).browse(member)
                individual.write(parts)
                handed_in |= individual.with_env(self.env)
        rows = self.env["spar.submission"]._of_this_transaction(handed_in)
        submissions = self.env["spar.submission"].sudo().union(*rows.values())
        self.env["spar.odk.line"].sudo().create(
            {
                "run_id": self.env.context[RUN_KEY],
                "instance": instance,
                "enumerator": str(form.get("submitter") or submitter or "")[:100],
                "collected_at": collected_at,
                "partner_id": partner.id,
                "submission_ids": [(6, 0, submissions.ids)],
                "came_in": len(submissions),
                "lost": form.get("lost") or 0,
            }
        )
        return partner

    def _spar_from(self, source):
        # Without an instance id there is nothing a retry could be told by.
        return self.with_context(**{ORIGIN_KEY: source}) if source else self


def _moment(text):
    """ODK's time as naive UTC, None where it is none. A device's clock is not believed ahead."""
    try:
        moment = parser.isoparse(text or "")
    except (ValueError, TypeError):
        return None
    if moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return min(moment.replace(microsecond=0), fields.Datetime.now())


def _members(vals, form):
    """(id of the member the importer just made, its payment fields), in the form's order."""
    made = [
        command[2]["individual"] for command in vals.get("group_membership_ids") or [] if command[2]
    ]
    mapped = form.get("members") or []
    for member, fields_of in zip(made, mapped, strict=False):
        yield member, {name: fields_of[name] for name in PARTS if fields_of.get(name)}
