import base64

from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS

from ..spar import KeyUnusable, load_private_key, own_certificate

#: Bytes of one upload. A key of 16,384 bits with a chain of certificates has less.
LARGEST = 64 * 1024
LONGEST = relativedelta(years=10)
TYPED = ("key_file", "key_text", "password", "certificate_upload", "certificate_text")


class SparKeyWizard(models.TransientModel):
    """Generate a signing key, or bring one.

    Rows of a transient model lie in the database for hours. So a private key and its password are
    stored nowhere but in ``sealed``, encrypted, from saving the form to pressing its button,
    whatever comes of that; and no field of them reads back.
    """

    _name = "spar.key.wizard"
    _description = "New signing key"

    connection_id = fields.Many2one("spar.connection", required=True, ondelete="cascade")
    way = fields.Selection(
        [("generate", "Generate one here"), ("import", "Import one that was made elsewhere")],
        string="Key",
        required=True,
        default="generate",
    )
    lifetime = fields.Integer(string="Valid for", required=True, default=2)
    lifetime_unit = fields.Selection(
        [("months", "months"), ("years", "years")], required=True, default="years"
    )
    bits = fields.Selection(
        [("2048", "2048 bits"), ("3072", "3072 bits"), ("4096", "4096 bits")],
        string="Size",
        required=True,
        default="2048",
    )
    registered_kid = fields.Char(
        string="Key id at SPAR",
        help="Only where SPAR's administrator gave this key an id: it is sent with each signature. "
        "Empty: the JWKS names the key by its thumbprint, and nothing is sent.",
    )
    key_file = fields.Binary(
        string="Private key", compute="_compute_typed", inverse="_inverse_key_file"
    )
    key_file_name = fields.Char()
    key_text = fields.Text(
        string="or paste it", compute="_compute_typed", inverse="_inverse_key_text"
    )
    password = fields.Char(compute="_compute_typed", inverse="_inverse_password")
    certificate_upload = fields.Binary(
        string="Its certificate", compute="_compute_typed", inverse="_inverse_certificate_upload"
    )
    certificate_upload_name = fields.Char()
    certificate_text = fields.Text(
        string="or paste its certificate",
        compute="_compute_typed",
        inverse="_inverse_certificate_text",
    )
    sealed = fields.Text(groups=NO_ACCESS)
    seal_key_id = fields.Integer(groups=NO_ACCESS)
    refusal = fields.Char(readonly=True)

    def _compute_typed(self):
        for wizard in self:
            for name in TYPED:
                wizard[name] = False

    def _inverse_key_file(self):
        self._seal("key_file")

    def _inverse_key_text(self):
        self._seal("key_text")

    def _inverse_password(self):
        self._seal("password")

    def _inverse_certificate_upload(self):
        self._seal("certificate_upload")

    def _inverse_certificate_text(self):
        self._seal("certificate_text")

    def _seal(self, name):
        vault = self.env["spar.vault"]
        for wizard in self:
            row, value = wizard.sudo(), wizard[name] or ""
            if not value and not row.sealed:
                continue
            if len(value) > LARGEST * 4 / 3:
                raise UserError(
                    _(
                        "This is too much for a key or a certificate (%s kB at the most): choose "
                        "the file that begins with -----BEGIN.",
                        LARGEST // 1024,
                    )
                )
            text = value.decode("ascii") if isinstance(value, bytes) else value
            before = vault._unseal(row.sealed, row.seal_key_id) if row.sealed else {}
            token, key = vault._seal({**before, name: text})
            row.write({"sealed": token, "seal_key_id": key})

    @api.model
    def _form_of(self, connection):
        """The form for a new key of ``connection``."""
        return {
            **self._form(),
            "context": {"default_connection_id": connection.id},
        }

    def action_make(self):
        """Make the key; with an error in it, open the form again, which says what it is."""
        self.ensure_one()
        connection = self.connection_id._as_manager()
        typed = self._take()
        try:
            refusal = self._make(connection, typed)
        except KeyUnusable as error:
            refusal = self._in_words(error)
        if refusal:
            self.sudo().refusal = refusal
            return self._form()
        return {"type": "ir.actions.act_window_close"}

    def _take(self):
        """{input: what was typed}, which is gone from the database with this."""
        row = self.sudo()
        typed = self.env["spar.vault"]._unseal(row.sealed, row.seal_key_id) if row.sealed else {}
        row.write({"sealed": False, "seal_key_id": False, "refusal": False})
        return typed

    def _make(self, connection, typed):
        """Make and keep it. Returns why not, or None."""
        keys = self.env["spar.key"].sudo()
        kid = (self.registered_kid or "").strip() or None
        now = fields.Datetime.now()
        lifetime = relativedelta(**{self.lifetime_unit: max(0, min(self.lifetime, 121))})
        if not now < now + lifetime <= now + LONGEST:
            return _("A certificate is valid for a month at the least and ten years at the most.")
        if self.way == "generate":
            refusal = keys._refusal(connection, registered_kid=kid)
            if not refusal:
                keys._generate(connection, lifetime, int(self.bits), kid)
            return refusal
        private = load_private_key(_pem(typed, "key_file", "key_text"), typed.get("password"))
        pem = _pem(typed, "certificate_upload", "certificate_text")
        if pem.strip():
            certificate = own_certificate(pem, private, now)
        else:
            certificate = keys._certify(connection, private, lifetime)
        refusal = keys._refusal(connection, private, kid)
        if not refusal:
            keys._add(connection, private, certificate, kid)
        return refusal

    @api.model
    def _form(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("New signing key"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _in_words(self, error):
        """What ``error`` means, and what to do."""
        return {
            "key_missing": _("There is no private key: choose its file, or paste it."),
            "key_not_pem": _(
                "This is no private key in PEM form, a text from -----BEGIN PRIVATE KEY----- to "
                "-----END PRIVATE KEY-----, or it is cut off or damaged. Of a .p12 or .pfx file "
                "make one by: openssl pkcs12 -in file.p12 -nocerts -out key.pem; of a binary .der "
                "or .key file by: openssl pkey -inform DER -in file.der -out key.pem"
            ),
            "key_public": _(
                "This is a public key. To sign, the private key is needed: the file that begins "
                "with -----BEGIN PRIVATE KEY----- or the like."
            ),
            "key_certificate": _(
                "This is a certificate. It goes into the field below; here the private key is "
                "needed that it was made for."
            ),
            "key_not_rsa": _(
                "This is no RSA key, and SPAR accepts RS256 only. Make one by: openssl genrsa "
                "-out key.pem 2048; or choose Generate one here."
            ),
            "key_too_short": _(
                "The key is shorter than 2048 bits, which is not safe any longer. Make one by: "
                "openssl genrsa -out key.pem 2048; or choose Generate one here."
            ),
            "key_password_missing": _(
                "The key is protected by a password: choose the file again, and type its password."
            ),
            "key_password_wrong": _(
                "The password does not open this key: choose the file again, and type the password "
                "that it was made with."
            ),
            "certificate_not_pem": _(
                "This is no certificate in PEM form, a text from -----BEGIN CERTIFICATE----- to "
                "-----END CERTIFICATE-----. Of a binary .cer or .der file make one by: openssl "
                "x509 -inform DER -in file.cer -out certificate.pem; or leave it out, and one is "
                "made."
            ),
            "certificate_other_key": _(
                "The certificate belongs to another key. Bring the one that was made for this key, "
                "or leave it out, and one is made."
            ),
            "certificate_expired": _(
                "The certificate has expired, so SPAR would refuse what is signed by its key. "
                "Bring a new one for the same key, or leave it out, and one is made."
            ),
            "certificate_not_yet_valid": _(
                "The certificate is not valid yet, so SPAR would refuse what is signed by its key. "
                "Wait for its first day, or leave it out, and another one is made."
            ),
        }[error.code]


def _pem(typed, file, text):
    """The bytes of the upload, else of what was pasted."""
    if typed.get(file):
        try:
            return base64.b64decode(typed[file])
        except ValueError:
            return typed[file].encode()
    return (typed.get(text) or "").encode()
