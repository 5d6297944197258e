from odoo import _, api, models


class SparConnection(models.Model):
    """What is wrong with the way to SPAR, in words."""

    _inherit = "spar.connection"

    def _trouble(self, error):
        texts = {
            "tls_expired": _(
                "SPAR's certificate has expired: SPAR's administrator renews it. Is this "
                "machine's clock right?"
            ),
            "tls_not_yet_valid": _(
                "SPAR's certificate is not valid yet: is this machine's clock right?"
            ),
            "tls_untrusted": _(
                "SPAR's certificate is by an authority that is not trusted here: ask SPAR's "
                "administrator for the authority's certificate, and paste it on the page Way to "
                "SPAR."
            ),
            "tls_hostname": _(
                "SPAR's certificate is for another host: use the name that stands in it as the "
                "base URL's host."
            ),
            "tls_client_refused": _(
                "The server does not accept this registry's client certificate, or wants one: see "
                "the page Way to SPAR, and ask who runs the server whose certificates it takes."
            ),
            "tls_client_unusable": _(
                "TLS on this machine does not take the client certificate or its key, or one of "
                "the authorities: see the page Way to SPAR. Was OpenSSL here made stricter?"
            ),
            "tls_not_spoken": _(
                "At this port somebody speaks, but not TLS: is the port right, or is it one for "
                "plain http?"
            ),
            "tls_version": _("The server speaks TLS only in a version older than 1.2."),
            "proxy_unreachable": _(
                "The proxy cannot be reached: are its name and port right, and is it running?"
            ),
            "proxy_refused": _(
                "The proxy does not let us through: may it go to SPAR's host and port?"
            ),
            "proxy_password": _("The proxy wants a user and a password, or others than these."),
            "route_unreadable": _(
                "The client key, the proxy's password or a header's value cannot be opened: put "
                "back the master key that belongs to this database, or type them again on the "
                "page Way to SPAR."
            ),
        }
        text = texts.get(error.code)
        if not text:
            return super()._trouble(error)
        status = _(" (HTTP %s)", error.http_status) if error.http_status else ""
        return f"{text}{status}"

    @api.model
    def _setting_words(self, error):
        """What a ``SettingUnusable`` means, and what to do: for whoever typed it."""
        given = dict.fromkeys(("part", "name", "subject", "at"), "") | error.params
        texts = {
            "url_empty": _("The URL is empty."),
            "url_whitespace": _("The URL holds a space or an invisible character: type it anew."),
            "url_not_ascii": _(
                "The URL holds letters beyond ASCII, maybe ones that only look alike. Write the "
                "host in its ASCII form (xn--...)."
            ),
            "url_scheme": _("The base URL begins with https://"),
            "url_host": _("The URL names no host, or none that can exist."),
            "url_credentials": _(
                "The URL carries no user and no password: it is shown to many. For a gateway use a "
                "header, for a proxy the fields for its user and password."
            ),
            "url_query": _("The URL carries no ? and no #: leave out what begins with it."),
            "url_port": _("The port of the URL is a number from 1 to 65535."),
            "url_wire_path": _(
                "Leave out %(part)s at the end of the base URL: the wire format adds it.",
                **given,
            ),
            "url_plain": _(
                "Payment addresses travel by https only. Plain http is for SPAR on this machine, "
                "or where you allow it on the page Way to SPAR."
            ),
            "proxy_scheme": _(
                "The proxy's URL begins with http://. What goes through it is encrypted all the "
                "same, from here to SPAR."
            ),
            "proxy_path": _(
                "The proxy's URL ends after its port, e.g. http://proxy.example.org:3128"
            ),
            "proxy_user": _("The user of the proxy holds a colon or an invisible character."),
            "header_name": _("The name of a header has letters, digits and - only."),
            "header_reserved": _(
                "The header %(name)s is the protocol's own and cannot be set here.", **given
            ),
            "header_twice": _("The header %(name)s stands here twice.", **given),
            "header_value": _(
                "The value of the header %(name)s is one line of ASCII characters, with no space "
                "before or behind, 8000 at the most.",
                **given,
            ),
            "ca_not_pem": _(
                "This is no certificate of an authority: paste the text from "
                "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, one after the other "
                "where there are several."
            ),
            "ca_private_key": _(
                "A private key stands among the authorities' certificates. It was not stored. "
                "Paste certificates only, and treat that key as known to others."
            ),
            "ca_expired": _("The certificate %(subject)s expired on %(at)s.", **given),
            "ca_not_yet_valid": _(
                "The certificate %(subject)s is valid from %(at)s on only: is this machine's clock "
                "right?",
                **given,
            ),
            "client_not_pem": _(
                "This is no client certificate: paste the text from -----BEGIN CERTIFICATE----- to "
                "-----END CERTIFICATE-----."
            ),
            "client_private_key": _(
                "A private key stands in the field of the client certificate. It was not stored. "
                "Paste it into the field Client key, which is sealed."
            ),
            "client_expired": _("The client certificate %(subject)s expired on %(at)s.", **given),
            "client_not_yet_valid": _(
                "The client certificate %(subject)s is valid from %(at)s on only: is this "
                "machine's clock right?",
                **given,
            ),
            "client_unusable": _(
                "TLS on this machine does not take the client certificate or its key: maybe the "
                "key is too short, or of an old kind. Ask for one of RSA with 2048 bits or more."
            ),
            "client_key_missing": _("The client certificate needs its key."),
            "client_key_alone": _("The client key needs its certificate."),
            "client_key_not_pem": _(
                "This is no private key: paste the text from -----BEGIN PRIVATE KEY----- (or RSA, "
                "EC, ENCRYPTED) to the end of it."
            ),
            "client_key_password": _(
                "The client key is encrypted, and its password is missing or wrong."
            ),
            "client_key_other": _(
                "The client key does not belong to the client certificate. Where the certificate "
                "was renewed with a new key, paste both."
            ),
        }
        return texts[error.code]
