"""SPAR's protocol and the decisions about it: pure Python, importable without Odoo."""

from .address import (
    NORMALISER_VERSION,
    Address,
    BankAccount,
    EmailWallet,
    MobileWallet,
    NumberForm,
    Provider,
    address_from_dict,
    check_spar_id,
    is_spar_id,
    normalise,
)
from .client import Reply, SparClient, Timeouts
from .errors import (
    AddressError,
    ConfigurationUnusable,
    DeadlinePassed,
    KeymanagerUnusable,
    KeyUnusable,
    RequestError,
    SigningKeyUnusable,
    SparError,
    UnreadableAddress,
    WrongDatabase,
)
from .exchange import Exchange
from .keymanager import KeymanagerSigner
from .planner import Confirmed, Known, Plan, Policy, Unreadable, Wanted, may_link_unseen, plan
from .retry import decide, pause, poison, split
from .signing import RsaSigner, generate_key, load_private_key, self_signed_certificate
from .strategies import DEFAULT_STRATEGIES, Strategy, StrategySet, decode, encode
from .tokens import AccessTokens, KeptToken
from .wire import WIRE_FORMATS, Item, ItemOutcome, Linked, NotLinked, must_resolve

__all__ = [
    "DEFAULT_STRATEGIES",
    "NORMALISER_VERSION",
    "WIRE_FORMATS",
    "AccessTokens",
    "Address",
    "AddressError",
    "BankAccount",
    "ConfigurationUnusable",
    "Confirmed",
    "DeadlinePassed",
    "EmailWallet",
    "Exchange",
    "Item",
    "ItemOutcome",
    "KeptToken",
    "KeyUnusable",
    "KeymanagerSigner",
    "KeymanagerUnusable",
    "Known",
    "Linked",
    "MobileWallet",
    "NotLinked",
    "NumberForm",
    "Plan",
    "Policy",
    "Provider",
    "Reply",
    "RequestError",
    "RsaSigner",
    "SigningKeyUnusable",
    "SparClient",
    "SparError",
    "Strategy",
    "StrategySet",
    "Timeouts",
    "Unreadable",
    "UnreadableAddress",
    "Wanted",
    "WrongDatabase",
    "address_from_dict",
    "check_spar_id",
    "decide",
    "decode",
    "encode",
    "generate_key",
    "is_spar_id",
    "load_private_key",
    "may_link_unseen",
    "must_resolve",
    "normalise",
    "pause",
    "plan",
    "poison",
    "self_signed_certificate",
    "split",
]
