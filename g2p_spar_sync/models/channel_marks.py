"""The channels, and the marks by which glue code names one.

A mark is recognised by identity, never by value: an RPC caller can send the string
``"backend"`` in a context, but not this object. It subclasses ``str`` so that a method
that hands its context back over RPC still can.
"""

CONTEXT_KEY = "spar_channel"
ORIGIN_KEY = "spar_origin"


class ChannelMark(str):
    """The code of a channel, set in a context by code on the server."""

    __slots__ = ()


BACKEND = ChannelMark("backend")
ODK = ChannelMark("odk")
PORTAL = ChannelMark("portal")
API = ChannelMark("api")
SELFSERVICE = ChannelMark("selfservice")
IMPORT = ChannelMark("import")
RECONCILE = ChannelMark("reconcile")
UNKNOWN = ChannelMark("unknown")

MARKS = (BACKEND, ODK, PORTAL, API, SELFSERVICE, IMPORT, RECONCILE, UNKNOWN)


class Origin(str):
    """Where a writer's data come from, set in a context by code on the server, never over RPC.

    :param ref: what it is called there; rows that come in by it get it as ``origin_ref``
    :param collected_at: naive UTC datetime, or None
    :param actor: who handed it in, outside Odoo, or None
    """

    def __new__(cls, ref, collected_at=None, actor=None):
        self = super().__new__(cls, ref)
        self.collected_at = collected_at
        self.actor = actor
        return self

    def inputs(self, way, number):
        """The columns of the ``number``-th row that comes in one ``way``."""
        ref = f"{self}#{way}{number or ''}"
        given = {"origin_ref": ref, "collected_at": self.collected_at, "actor": self.actor}
        return {key: value for key, value in given.items() if value}


def origin(context):
    """The Origin in ``context``, or None where nobody on the server set one."""
    value = context.get(ORIGIN_KEY)
    return value if isinstance(value, Origin) else None


def marked(context):
    """The mark in ``context``, or None where nobody on the server set one."""
    value = context.get(CONTEXT_KEY)
    return next((mark for mark in MARKS if mark is value), None)
