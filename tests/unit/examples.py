"""One address of each kind, and SPAR's string of it up to the word for the kind."""

from spar.address import BankAccount, EmailWallet, MobileWallet
from spar.strategies import StrategySet

ALL = StrategySet()
BANK = BankAccount(
    account_number="000000000001",
    bank_code="EXBK",
    branch_code="EX0001",
    bank_name="Example Bank",
    branch_name="Main Branch",
)
BANK_FA = (
    "account_number:000000000001.branch_name:Main Branch.branch_code:EX0001"
    ".bank_name:Example Bank.bank_code:EXBK.fa_type:"
)
WALLET = MobileWallet(
    mobile_number="+99900000002", provider_code="EXWL", provider_name="Example Wallet"
)
WALLET_FA = (
    "mobile_number:+99900000002.wallet_provider_name:Example Wallet"
    ".wallet_provider_code:EXWL.fa_type:"
)
EMAIL = EmailWallet(
    email_address="syn-000003@example.org",
    provider_code="EXMW",
    provider_name="Example Mail Wallet",
)
EMAIL_FA = (
    "email_address:syn-000003@example.org.wallet_provider_name:Example Mail Wallet"
    ".wallet_provider_code:EXMW.fa_type:"
)
BRIDGE_FA = (
    "account_number:000000000001.branch_code:EX0001.bank_code:EXBK"
    ".mobile_number:.email_address:.fa_type:BANK_ACCOUNT"
)
