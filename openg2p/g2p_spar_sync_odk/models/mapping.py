"""The mapping of an ODK form, with what the ledger wants to know beside what it maps.

Upstream hands the mapping's result to ``create`` and keeps the submission to itself: the time
of collection, the enumerator, and payment fields of a household's members are gone by then.
During an import the mapping therefore reads as itself plus one key, ``spar_odk``.
"""

import jq

from odoo import fields

KEY = "spar_odk"
#: In a context while an import runs: the id of its ``spar.odk.run``.
RUN_KEY = "spar_odk_run"

_AROUND = """
. as $spar_given | (
%s
) | if type == "object" then . as $spar_mapped | . + {spar_odk: {
    instance: ($spar_given.__id? // ($spar_given.meta? | .instanceID?) // null),
    collected_at: ($spar_given.end? // $spar_given.start?
        // ($spar_given.__system? | .submissionDate?) // null),
    submitter_id: (($spar_given.__system? | .submitterId?) // null),
    submitter: (($spar_given.__system? | .submitterName?) // null),
    members: [$spar_mapped.group_membership_ids[]? | if type == "object"
        then with_entries(select(.key | startswith("payment_"))) else {} end],
    lost: ([$spar_mapped.group_membership_ids[]? | objects
        | select(has("bank_ids") or has("submission_ids"))] | length)
}} else . end
"""


def around(mapping):
    """``mapping`` (a jq program) with the key beside; itself where it cannot stand within."""
    program = _AROUND % mapping
    try:
        jq.compile(program)
    except ValueError:
        return mapping
    return program


class Mapping(fields.Text):
    """A jq program that reads as ``around`` it while an import runs."""

    def convert_to_record(self, value, record):
        mapping = super().convert_to_record(value, record)
        if mapping and record.env.context.get(RUN_KEY):
            return around(mapping)
        return mapping
