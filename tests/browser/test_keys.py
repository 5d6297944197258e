# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A manager brings a signing key, has it registered and starts signing with it."""

import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import expect

from spar.keys import generate_key, thumbprint
from tests.helpers.world import give_certificate, register_certificate

PASSWORD = "correct horse battery"


@pytest.fixture
def connection(world):
    """The demo's connection, without a next key; SPAR knows the one that signs afterwards."""
    admin, domain = world.admin, [("connection_id", "=", world.connection)]
    for key in admin.find("spar.key", [*domain, ("state", "=", "next")], "id"):
        admin.call("spar.key", "action_retire", [key["id"]])
    yield world.connection
    register_certificate(world)


def _pem(key, password=None):
    lock = serialization.BestAvailableEncryption(password.encode()) if password else None
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        lock or serialization.NoEncryption(),
    )


class NewKey:
    """The dialog that makes or takes a key."""

    def __init__(self, page):
        self.page = page
        self.root = page.locator(".modal:not(.o_inactive_modal)")
        expect(self.root.locator("[name=way]")).to_be_visible()

    def bring(self, pem, password=""):
        self.root.get_by_label("Import one that was made elsewhere").check()
        file = {"name": "key.pem", "mimeType": "application/x-pem-file", "buffer": pem}
        self.root.locator("[name=key_file] input[type=file]").set_input_files(file)
        expect(self.root.locator("[name=key_file] input[type=text]")).to_have_value("key.pem")
        self.root.locator("[name=password] input").fill(password)

    def make(self):
        self.root.get_by_role("button", name="Make this key").click()

    def make_in_vain(self, words):
        before = self.root.element_handle()
        self.make()
        before.wait_for_element_state("hidden")
        expect(self.root.locator(".alert-danger")).to_contain_text(words)


def test_a_key_is_brought_registered_and_signs(admin, world, connection):
    page, private = admin.page, generate_key()
    admin.open_connection(connection)
    page.get_by_role("button", name="New key", exact=True).click()
    form = NewKey(page)
    form.bring(_pem(ec.generate_private_key(ec.SECP256R1())))
    form.make_in_vain("no RSA key")
    form.bring(_pem(private, PASSWORD), "wrong")
    form.make_in_vain("password does not open")
    expect(form.root.locator("[name=password] input")).to_have_value("")
    form.bring(_pem(private, PASSWORD), PASSWORD)
    form.make()
    expect(form.root).to_be_hidden()

    kid = thumbprint(private.public_key())
    row = page.locator("[name=key_ids] tr.o_data_row").filter(has_text=kid)
    expect(row).to_contain_text("Next")
    row.get_by_role("button", name="Start signing with it").click()
    page.get_by_role("button", name="Ok", exact=True).click()
    dialog = page.locator(".modal").filter(has_text="does not accept this key yet")
    expect(dialog).to_be_visible()
    dialog.locator("footer button").first.click()
    expect(dialog).to_be_hidden()

    found = world.admin.find("spar.key", [("kid", "=", kid)], "certificate")
    give_certificate(world, found[0]["certificate"])
    row.get_by_role("button", name="Start signing with it").click()
    page.get_by_role("button", name="Ok", exact=True).click()
    expect(row).to_contain_text("Signs")
    retired = page.locator("[name=key_ids] tr.o_data_row").filter(has_text="Retired").first
    expect(retired.get_by_role("button", name="Retire")).to_be_visible()
    expect(page.locator("[name=jwks_url]")).to_contain_text(re.compile(r"/spar/\S+/jwks\.json"))

    with page.expect_download() as download:
        page.get_by_role("button", name="Download JWKS").click()
    assert kid in download.value.path().read_text()


def test_the_master_key_form_says_what_wraps(admin):
    dialog = admin.open_dialog("action_master_key_wizard")
    expect(dialog).to_contain_text("wrapped by the master key")
    expect(dialog.get_by_role("button", name="Wrap all keys anew")).to_be_hidden()
