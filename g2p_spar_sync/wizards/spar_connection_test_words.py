from odoo import _, models

from ..spar import RequestError


class SparConnection(models.Model):
    """The steps of Test connection in words: what is well, what is not, and what to do."""

    _inherit = "spar.connection"

    def _step_name(self, step):
        return {
            "name": _("Name"),
            "tcp": _("Port"),
            "proxy": _("Proxy"),
            "tls": _("TLS"),
            "gateway": _("Let in"),
            "path": _("Path"),
            "wire_format": _("Wire format"),
            "signature": _("Signature"),
            "answer": _("Answer"),
            "latency": _("Time"),
            "clock": _("Clock"),
        }[step]

    def _finding_words(self, finding):
        if finding.state == "not_reached":
            return _("Not reached.")
        if finding.state == "ok":
            return self._ok_words(finding)
        words = self._code_words(finding)
        text = words.get((finding.step, finding.code)) or words.get(finding.code)
        if not text and finding.step == "gateway" and 300 <= finding.error.http_status < 400:
            text = _(
                "The server sends us elsewhere (HTTP %s), and no redirect is followed: is it a "
                "login page, or does it want https?",
                finding.error.http_status,
            )
        return text or self._trouble(finding.error or RequestError(code=finding.code))

    def _ok_words(self, finding):
        return {
            "name": _("The host is known."),
            "tcp": _("Something listens at the port."),
            "proxy": _("The proxy lets us through."),
            "tls": _("The connection is encrypted, and the certificate is trusted."),
            "gateway": _("Nothing before SPAR stops us."),
            "path": _("There is a SPAR at this path."),
            "wire_format": _("It speaks the wire format that is set."),
            "signature": _("It accepts our signature, and refuses that of a stranger."),
            "answer": _("It answers a question about an id that cannot exist."),
            "latency": _("Half of the answers came within %s ms.", finding.params.get("ms")),
            "clock": _("SPAR's clock and ours agree."),
        }[finding.step]

    def _code_words(self, finding):
        given = dict.fromkeys(("speaks", "spar_code", "ms", "seconds"), "") | finding.params
        labels = dict(self._fields["wire_format"]._description_selection(self.env))
        return {
            ("tls", "connect_timeout"): _(
                "Somebody takes the connection and then says nothing: is it the right port for "
                "https?"
            ),
            ("proxy", "connect_timeout"): _("The proxy, or SPAR behind it, does not answer."),
            "plain_http": _(
                "There is none: by plain http everybody on the way can read and alter payment "
                "addresses."
            ),
            "other_wire_format": _(
                "SPAR is there, but it speaks another format: choose %s.",
                labels.get(given["speaks"], ""),
            ),
            "signature_unchecked": _(
                "SPAR accepts a signature by any key: it is a SPAR 1.0, or its check is switched "
                "off. Whoever reaches it can change where money is paid."
            ),
            "signature_key": _(
                "SPAR knows the sender id %s, and has another key for it: have this connection's "
                "certificate registered, and compare the fingerprints.",
                self.sender_id,
            ),
            "signature_refused": _(
                "SPAR refused the signature: it does not know the sender id %s, or has another key "
                "for it. Have this connection's certificate registered, and compare the "
                "fingerprints. It also says this while its own Keymanager is out of order.",
                self.sender_id,
            ),
            "signature_sender": _(
                "SPAR fails over any signature for the sender id %s: it does not know it, or its "
                "Keymanager is out of order.",
                self.sender_id,
            ),
            "signature_unjudged": _(
                "SPAR fails over every signature: its Keymanager, or its database, is out of order."
            ),
            "item_refused": _(
                "SPAR takes the request and refuses the question, with the code %s: may this "
                "sender ask?",
                given["spar_code"],
            ),
            "slow": _(
                "Half of the answers took more than %s ms: batches may run into the timeout.",
                given["ms"],
            ),
            "clock_unsaid": _("SPAR does not tell its time."),
            "clock_skewed": _(
                "SPAR's clock differs from ours by %s seconds: correct the wrong one, since "
                "certificates and times of collection go by it.",
                given["seconds"],
            ),
        }
