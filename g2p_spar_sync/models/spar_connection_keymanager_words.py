from odoo import _, models


class SparConnection(models.Model):
    """What trouble with Keymanager means, and what to do: for a manager."""

    _inherit = "spar.connection"

    def _trouble(self, error):
        text = self._keymanager_words().get(error.code)
        if not text and error.code.startswith("KER-"):
            text = _("Keymanager refuses to sign, with its code %s: its log says why.", error.code)
        if not text:
            return super()._trouble(error)
        status = _(" (HTTP %s)", error.http_status) if error.http_status else ""
        return f"{text}{status}"

    def _keymanager_words(self):
        names = {
            "application": self.keymanager_application or "",
            "reference": self.keymanager_reference or _("(empty)"),
        }
        return {
            "keymanager_unreachable": _(
                "Keymanager cannot be reached: is it running, are the host and port of its URL "
                "right, does a firewall stand between?"
            ),
            "keymanager_tls": _(
                "No trusted TLS connection: Keymanager's certificate is not accepted here."
            ),
            "keymanager_silent": _(
                "Keymanager, or the server of its tokens, does not answer in time."
            ),
            "keymanager_failed": _(
                "Keymanager fails inside, or answers something that is no signature: see its log."
            ),
            "keymanager_path": _(
                "A server answers, but it has no jwtSign there: Keymanager's URL ends before "
                "/jwtSign, e.g. in /v1/keymanager."
            ),
            "keymanager_not_allowed": _(
                "Keymanager does not let this client sign: give the client a role that may call "
                "jwtSign, or fill in the token URL where there is none."
            ),
            "keymanager_token_refused": _(
                "The token server refuses the client: check client id and secret, and that the "
                "client may use the grant client_credentials."
            ),
            "keymanager_token_failed": _(
                "No token for Keymanager could be fetched: check the token URL, and whether its "
                "server runs."
            ),
            "keymanager_secret_missing": _(
                "There is no client secret: fill it in. It is dropped when the client, the token "
                "URL or Keymanager's URL changes."
            ),
            "keymanager_secret_unreadable": _(
                "The client secret cannot be opened: put back the master key that belongs to this "
                "database, or fill in the secret again."
            ),
            "keymanager_application": _(
                "Keymanager does not know the application id %(application)s, or its key policy "
                "lets nobody use it.",
                **names,
            ),
            "keymanager_no_key": _(
                "Keymanager has no key that may sign for the application id %(application)s and "
                "the reference id %(reference)s: its administrator generates the application's "
                "master key, and the reference id stays empty.",
                **names,
            ),
            "keymanager_key_expired": _(
                "The certificate of Keymanager's key has expired: choose Fetch certificate, and "
                "have the new one registered at SPAR."
            ),
            "keymanager_no_certificate": _(
                "Choose Fetch certificate first, and have it registered at SPAR."
            ),
            "keymanager_other_key": _(
                "Keymanager signs with another key than the certificate that was fetched: it has "
                "renewed its key, or the ids name another one. Nothing was sent. Make sure which, "
                "then choose Fetch certificate, and have the new one registered at SPAR."
            ),
            "keymanager_other_bytes": _(
                "Keymanager signed something else than what was sent to it: does its Java run "
                "with UTF-8?"
            ),
            "keymanager_algorithm": _(
                "Keymanager signs by another algorithm than RS256, which is all that SPAR takes: "
                "the reference id of an RSA key of 2048 bits or more is needed; mostly it is empty."
            ),
            "keymanager_no_jws": _("What Keymanager answers is no signature that can be read."),
        }
