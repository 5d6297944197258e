from ..spar import WIRE_FORMATS
from .common import SparCase


class TestWireFormat(SparCase):
    """A connection writes and signs as its wire format wants it, by its own strategies."""

    def _speak(self, name):
        self.connection.wire_format = name
        return self.connection._strategies()

    def test_every_wire_format_can_be_selected(self):
        names = [name for name, _label in self.connection._fields["wire_format"].selection]
        self.assertEqual(sorted(names), sorted(WIRE_FORMATS))

    def test_the_word_for_the_kind_is_the_servers(self):
        words = {
            name: [
                self._speak(name).for_method(method).fa_type
                for method in ("bank_account", "mobile_wallet", "email_wallet")
            ]
            for name in WIRE_FORMATS
        }
        own = ["BANK_ACCOUNT", "MOBILE_WALLET", "EMAIL_WALLET"]
        self.assertEqual(words.pop("request-body"), ["BANK", *own[1:]])
        self.assertEqual(list(words.values()), [own, own])

    def test_the_chosen_strategy_is_kept(self):
        self.connection.bank_strategy_id = self.env.ref("g2p_spar_sync.strategy_5")
        bank = self._speak("request-body").for_method("bank_account")
        self.assertEqual((bank.strategy_id, bank.fa_type), (5, "BANK_ACCOUNT"))

    def test_the_form_that_is_signed_is_the_formats(self):
        self.connection.with_user(self.manager).action_generate_key()
        forms = {"g2p-connect": "as_sent", "request-body": "sorted"}
        for name, form in forms.items():
            self._speak(name)
            self.assertEqual(self.connection._signer(self.connection._wire()).canonical, form)
            self.assertIn(name, repr(self.connection._client()))
