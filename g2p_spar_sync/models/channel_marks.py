"""The channels, and the marks by which glue code names one.

A mark is recognised by identity, never by value: an RPC caller can send the string
``"backend"`` in a context, but not this object. It subclasses ``str`` so that a method
that hands its context back over RPC still can.
"""

CONTEXT_KEY = "spar_channel"


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


def marked(context):
    """The mark in ``context``, or None where nobody on the server set one."""
    value = context.get(CONTEXT_KEY)
    return next((mark for mark in MARKS if mark is value), None)
