from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .spar_connection_client import MANAGER

ACTIVITY = "g2p_spar_sync.activity_key_expiry"


class SparConnection(models.Model):
    """Says in time that a signing key expires: a banner, and one activity for a manager."""

    _name = "spar.connection"
    _inherit = ["spar.connection", "mail.thread", "mail.activity.mixin"]

    responsible_id = fields.Many2one(
        "res.users",
        domain=[("share", "=", False)],
        copy=False,
        help="The SPAR manager who is told of trouble with SPAR, and when the signing key expires. "
        "Empty: the first one.",
    )
    key_warning_days = fields.Integer(
        string="Warn before a key expires (days)", default=30, required=True
    )
    key_warning = fields.Char(compute="_compute_key_warning")
    key_warned = fields.Char(
        readonly=True, copy=False, help="What a manager was told last, and of which certificate."
    )

    @api.constrains("responsible_id")
    def _check_responsible(self):
        for connection in self:
            if connection.responsible_id and not connection.responsible_id.has_group(MANAGER):
                raise ValidationError(_("Who is responsible for a connection is a SPAR manager."))

    @api.constrains("key_warning_days")
    def _check_key_warning_days(self):
        for connection in self:
            if connection.key_warning_days < 1:
                raise ValidationError(_("A warning comes one day before, at the least."))

    @api.depends(
        "key_ids.state",
        "key_ids.not_after",
        "accepted_key_id",
        "key_warning_days",
        "keymanager_not_after",
        "signer",
    )
    def _compute_key_warning(self):
        for connection in self:
            connection.key_warning = connection._key_expiry()[1] or connection._key_unknown()

    def _key_end(self):
        """Until when the certificate of the key that signs is valid; False where there is none."""
        if not self._is_signed():
            return False
        if self.signer == "keymanager":
            return self.keymanager_not_after
        return self._key_in("active").not_after

    def _key_expiry(self):
        """("soon" or "expired", what to say), or (False, False)."""
        end, now = self._key_end(), fields.Datetime.now()
        if not end or end - now >= timedelta(days=self.key_warning_days):
            return False, False
        day = fields.Date.to_string(end)
        if end <= now:
            said = _("The signing key expired on %s: nothing can be sent by it.", day)
            return "expired", f"{said} {self._key_todo()}"
        said = _(
            "The signing key expires on %(day)s, in %(left)d days.", day=day, left=(end - now).days
        )
        return "soon", f"{said} {self._key_todo()}"

    def _key_unknown(self):
        """What to say while SPAR goes by a key that is retired already; False else."""
        key = self.sudo().accepted_key_id
        if self.signer == "keymanager" or key.state != "retired" or not key.published:
            return False
        return _(
            "SPAR does not know the key that signs, and accepts the retired one, which stays "
            "published until %s. Have the certificate of the one that signs registered before.",
            fields.Datetime.to_string(min(key.published_until, key.not_after)),
        )

    def _key_todo(self):
        if self.signer == "keymanager":
            return _(
                "Have Keymanager's administrator renew it, choose Fetch certificate, and have that "
                "registered at SPAR."
            )
        if self._key_in("next"):
            return _(
                "The next key is here: have it registered at SPAR, then Start signing with it."
            )
        return _("Choose New key, and have its certificate registered at SPAR.")

    @api.model
    def _cron_keys(self):
        """Once a day: withdraw what was retired long enough, warn of what expires."""
        self.env["spar.key"]._withdraw_overdue()
        for connection in self.search([]):
            connection._warn_of_expiry()

    def _warn_of_expiry(self):
        """One activity when the key expires soon, which says so when it has; never a second."""
        stage, text = self._key_expiry()
        if not stage:
            self._expires_no_more()
            return
        end = self._key_end()
        warned = f"{stage} {end}"
        if self.key_warned == warned:
            return
        self._note({"key_warned": warned})
        about = {"summary": text, "date_deadline": fields.Date.to_date(end)}
        open_one = self.activity_ids.filtered(lambda found: found.activity_type_id == self._type())
        if open_one:
            open_one[0].write(about)
        else:
            self.activity_schedule(ACTIVITY, user_id=self._whom_to_tell().id, **about)

    def _expires_no_more(self):
        self.activity_unlink([ACTIVITY])

    @api.model
    def _type(self):
        return self.env.ref(ACTIVITY)

    def _whom_to_tell(self):
        """The responsible manager, else the first who may see the connection."""
        group = self.env.ref(MANAGER)
        managers = group["all_user_ids" if "all_user_ids" in group._fields else "users"]
        if self.responsible_id in managers:
            return self.responsible_id
        may = managers.filtered(
            lambda user: not self.company_id or self.company_id in user.company_ids
        )
        return may.sorted("id")[:1]
