"""Every error this package raises, in one tree.

SparError
├── AddressError                a payment address, provider or id that is not one
├── UnreadableAddress           SPAR holds a string that is no payment address we know
├── ConfigurationUnusable       a template, number form or URL that cannot work
│   └── settings.SettingUnusable    one that a person typed, with a code for each mistake
├── KeyUnusable                 a private key that cannot sign for SPAR
└── RequestError                something went wrong between us and SPAR
    ├── ConnectionLevelError    says nothing about the items: the connection pauses and probes
    │   ├── NameNotResolved, ConnectionRefused, TlsRefused
    │   ├── route.ProxyUnreachable, route.ProxyRefused, route.RouteUnusable
    │   ├── SignatureRefused, NotAllowed, SigningKeyUnusable, KeymanagerUnusable, WrongDatabase
    │   └── WrongWireFormat, NotJson, dispatch.unforeseen.Unforeseen
    ├── TransientError          the same request may work later
    │   ├── DeadlinePassed, ConnectTimeout, Overloaded
    │   ├── AnswerTimeout, ConnectionCut, ServerFailed
    │   └── AnswerTruncated, AnswerTooLarge, AnswerIncomplete
    └── PermanentError          the same request will never work
        └── RequestRejected

No text of this tree ever carries an address, a name, a key, a token or a remote body, so any of
them may be logged and shown.
"""


class SparError(Exception):
    """Root of the tree. ``code`` is stable: a word of ours, or SPAR's own code."""

    default_code = "spar_error"
    default_message = "Something went wrong with SPAR."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        http_status: int | None = None,
        reference_id: str | None = None,
        retry_after: float | None = None,
    ):
        self.code = code or self.default_code
        self.message = message or self.default_message
        self.http_status = http_status
        self.reference_id = reference_id
        #: seconds the server asked us to wait
        self.retry_after = retry_after
        super().__init__(self.message)

    def __str__(self) -> str:
        where = f", HTTP {self.http_status}" if self.http_status else ""
        which = f", reference {self.reference_id}" if self.reference_id else ""
        return f"{self.message} ({self.code}{where}{which})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class AddressError(SparError):
    """Input that is no payment address; ``field`` is the input key to point at.

    ``params`` say what was expected (a form, a limit, a reason), never what was given.
    """

    MESSAGES = {
        "method_unknown": "This kind of payment address is not known.",
        "provider_missing": "The bank or wallet provider is missing.",
        "provider_unknown": "This bank or wallet provider is not known for this kind.",
        "account_missing": "The account, phone number or email is missing.",
        "account_malformed": "This is no account number.",
        "account_form": "The number does not have the form its provider demands.",
        "account_check_digits": "The check digits of the account number are wrong.",
        "phone_malformed": "This is no valid phone number.",
        "phone_country": "The phone number lacks its country.",
        "email_malformed": "This is no email address.",
        "spreadsheet_number": "A spreadsheet turned the number into a decimal.",
        "spreadsheet_zeros": "The number lost its leading zeros.",
        "unsafe_text": "The text holds characters that would break SPAR's format.",
        "nul_character": "The text holds a NUL character.",
        "too_long": "The text is too long.",
        "bank_code_missing": "The bank has no code that SPAR knows.",
        "branch_malformed": "This is no branch code.",
        "id_malformed": "This is no id that SPAR should be given.",
    }

    def __init__(self, code: str, field: str, **params):
        super().__init__(self.MESSAGES[code], code=code)
        self.field = field
        self.params = params


class UnreadableAddress(SparError):
    """What SPAR holds cannot be read, or could be read in two ways."""

    default_code = "fa_unreadable"
    default_message = "SPAR holds an address that cannot be read."


class ConfigurationUnusable(SparError):
    """A setting that can never work, found before anything is sent."""

    default_code = "configuration_unusable"
    default_message = "A setting of the connection cannot work."


class KeyUnusable(SparError):
    """A private key, or the certificate handed in with it, that SPAR would not take."""

    MESSAGES = {
        "key_missing": "There is no private key.",
        "key_not_pem": "This is no private key in PEM form.",
        "key_public": "This is a public key; the private key is needed.",
        "key_certificate": "This is a certificate; the private key is needed.",
        "key_not_rsa": "The key is not an RSA key; SPAR accepts RS256 only.",
        "key_too_short": "The key is shorter than 2048 bits.",
        "key_password_missing": "The key is protected by a password.",
        "key_password_wrong": "The key's password is wrong.",
        "certificate_not_pem": "This is no certificate in PEM form.",
        "certificate_other_key": "The certificate belongs to another key.",
        "certificate_expired": "The certificate has expired.",
        "certificate_not_yet_valid": "The certificate is not valid yet.",
    }

    def __init__(self, code: str):
        super().__init__(self.MESSAGES[code], code=code)


class RequestError(SparError):
    """A request that brought no usable answer.

    ``outcome_unknown``: SPAR may have applied it, wholly or in part; resolve before deciding.
    ``may_land_late``: it may still be travelling, so a resolve made now proves nothing for good.
    Both are the class's default, unless the place that raised it knew better.
    """

    kind = "transient"
    outcome_unknown = False
    may_land_late = False

    #: what was sent, filled in by the client: its id, the SHA-256 of its bytes, the key's id
    message_id: str | None = None
    digest: str | None = None
    kid: str | None = None

    def __init__(
        self,
        message: str | None = None,
        *,
        outcome_unknown: bool | None = None,
        may_land_late: bool | None = None,
        **details,
    ):
        super().__init__(message, **details)
        if outcome_unknown is not None:
            self.outcome_unknown = outcome_unknown
        if may_land_late is not None:
            self.may_land_late = may_land_late

    def nothing_applied(self) -> "RequestError":
        """Say that it was never sent or only read: nothing was applied, nothing can be yet."""
        self.outcome_unknown = self.may_land_late = False
        return self


class ConnectionLevelError(RequestError):
    kind = "connection"
    default_code = "connection"


class NameNotResolved(ConnectionLevelError):
    default_code = "name_not_resolved"
    default_message = "The host name of SPAR cannot be resolved."


class ConnectionRefused(ConnectionLevelError):
    default_code = "connection_refused"
    default_message = "Nothing listens at SPAR's address, or it cannot be reached."


class TlsRefused(ConnectionLevelError):
    default_code = "tls_refused"
    default_message = "No trusted TLS connection to SPAR could be made."


class SignatureRefused(ConnectionLevelError):
    """Also what SPAR says when its own Keymanager is in trouble: never a verdict on an item."""

    default_code = "rjct.jwt.invalid"
    default_message = "SPAR refused our signature, or could not have it checked."


class NotAllowed(ConnectionLevelError):
    default_code = "not_allowed"
    default_message = "SPAR, or what stands before it, does not let us in."


class WrongWireFormat(ConnectionLevelError):
    default_code = "wrong_wire_format"
    default_message = "The server does not speak the configured wire format at this address."


class NotJson(ConnectionLevelError):
    default_code = "not_json"
    default_message = "The server answered something else than JSON."


class SigningKeyUnusable(ConnectionLevelError):
    default_code = "signing_key_missing"
    default_message = "This connection has no key to sign with."


class KeymanagerUnusable(ConnectionLevelError):
    """No signature, so nothing was sent. Codes: keymanager_*, or Keymanager's own, KER-..."""

    default_code = "keymanager_failed"
    default_message = "Keymanager gave no usable signature."


class WrongDatabase(ConnectionLevelError):
    default_code = "database_copied"
    default_message = "This database is not the one that the connection was set up in."


class TransientError(RequestError):
    kind = "transient"
    default_code = "transient"


class DeadlinePassed(TransientError):
    default_code = "deadline_passed"
    default_message = "The time for this request was over before it was sent."


class ConnectTimeout(TransientError):
    default_code = "connect_timeout"
    default_message = "SPAR did not accept the connection in time."


class AnswerTimeout(TransientError):
    default_code = "answer_timeout"
    default_message = "SPAR did not answer in time."
    outcome_unknown = True
    may_land_late = True


class ConnectionCut(TransientError):
    default_code = "connection_cut"
    default_message = "The connection was cut before SPAR's answer came."
    outcome_unknown = True
    may_land_late = True


class ServerFailed(TransientError):
    """An HTTP 500 that SPAR itself said: it is done with the request, a part may be applied."""

    default_code = "server_failed"
    default_message = "SPAR failed while it worked on the request."
    outcome_unknown = True


class Overloaded(TransientError):
    """429 or 502 and above: whoever answered may have passed the request on already."""

    default_code = "overloaded"
    default_message = "SPAR, or what stands before it, cannot answer now."
    outcome_unknown = True
    may_land_late = True


class AnswerTruncated(TransientError):
    default_code = "answer_truncated"
    default_message = "SPAR's answer broke off."
    outcome_unknown = True


class AnswerTooLarge(TransientError):
    default_code = "answer_too_large"
    default_message = "SPAR's answer is larger than allowed."
    outcome_unknown = True


class AnswerIncomplete(TransientError):
    """Items missing, too many, given twice, or of an unknown shape: none of them is believed."""

    default_code = "answer_incomplete"
    default_message = "SPAR's answer does not fit the request, item by item."
    outcome_unknown = True


class PermanentError(RequestError):
    kind = "permanent"
    default_code = "permanent"


class RequestRejected(PermanentError):
    """The whole batch was refused and nothing of it stored."""

    default_code = "request_rejected"
    default_message = "SPAR refused the whole request."
