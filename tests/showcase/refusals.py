# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Bad addresses: a program's is held and explained, a person's is refused in the form."""

from tests.helpers.invent import Inventor
from tests.helpers.world import World

from .entries import Missed

_BAD = (
    ("a phone number one digit short", "mobile_wallet", "MPESA", "071234567"),
    ("an account number out of a spreadsheet", "bank_account", "DEMOKENA", "1.2E+10"),
    ("a provider that nobody knows", "mobile_wallet", "NOPESA", "0712345678"),
)


def show(world: World, invent: Inventor) -> None:
    """:raises Missed: one of them was taken, or refused without words."""
    print("\nBad addresses are kept and held, with words, when a program writes them:\n")
    for what, method, provider, account in _BAD:
        row = invent.registrant()
        vals = {
            "payment_method": method,
            "payment_provider": provider,
            "payment_account": account,
        }
        partner = world.admin.create("res.partner", {**row, **vals})
        held = world.admin.find(
            "spar.submission", [("partner_id", "=", partner)], "reference", "state", "explanation"
        )
        if [one["state"] for one in held] != ["held"] or not held[0]["explanation"]:
            raise Missed(f"expected: {what} is held with an explanation\nseen: {held}")
        print(f"  {what}: {held[0]['reference']}\n    {held[0]['explanation']}")
    print("\nThe change form says it beside the field, and hands nothing in:\n")
    print(f"    {_form_says(world, partner)}")
    if world.admin.call("spar.submission", "search_count", [("partner_id", "=", partner)]) != 1:
        raise Missed("expected: the form hands nothing in\nseen: a second submission")


def _form_says(world: World, partner: int) -> str:
    form = world.admin.call("res.partner", "spar_change", [partner])["res_id"]
    provider = world.admin.find("spar.provider", [("code", "=", "MPESA")], "id")[0]["id"]
    vals = {"kind": "mobile_wallet", "provider_id": provider}
    world.admin.write("spar.change.wizard", form, vals)
    typed = {"account": "071234567", "account_again": "071234567"}
    world.admin.write("spar.change.wizard", form, typed)
    world.admin.call("spar.change.wizard", "action_submit", [form])
    said = world.admin.read("spar.change.wizard", form, "account_error")["account_error"]
    if not said:
        raise Missed("expected: an error beside the form's account\nseen: none")
    return said
