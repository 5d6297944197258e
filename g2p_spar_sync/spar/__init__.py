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
    normalise,
)
from .client import Reply, SparClient, Timeouts
from .errors import AddressError, RequestError, SparError, UnreadableAddress
from .planner import Confirmed, Known, Plan, Policy, Unreadable, Wanted, may_link_unseen, plan
from .signing import RsaSigner, generate_key, load_private_key, self_signed_certificate
from .strategies import DEFAULT_STRATEGIES, Strategy, StrategySet, decode, encode
from .wire import WIRE_FORMATS, Item, ItemOutcome, Linked, NotLinked

__all__ = [
    "DEFAULT_STRATEGIES",
    "NORMALISER_VERSION",
    "WIRE_FORMATS",
    "Address",
    "AddressError",
    "BankAccount",
    "Confirmed",
    "EmailWallet",
    "Item",
    "ItemOutcome",
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
    "SparClient",
    "SparError",
    "Strategy",
    "StrategySet",
    "Timeouts",
    "Unreadable",
    "UnreadableAddress",
    "Wanted",
    "address_from_dict",
    "check_spar_id",
    "decode",
    "encode",
    "generate_key",
    "load_private_key",
    "may_link_unseen",
    "normalise",
    "plan",
    "self_signed_certificate",
]
