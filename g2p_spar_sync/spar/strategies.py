"""Payment address <-> SPAR's string, by strategy.

A strategy is a template such as ``mobile_number:{}.wallet_provider_name:{}...``: the key before a
placeholder's colon says which part goes there. The format knows no escaping, so ``encode`` hands
out only what ``decode`` reads back the same, and ``decode`` refuses what could be read in two ways.
Ids and templates as seeded by SPAR; fa_type words as G2P Bridge looks for them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from .errors import AddressError, ConfigurationUnusable, UnreadableAddress
from .kinds import KINDS, Address
from .text import INJECTION, is_printable

# key in the template -> field of the kind
_WALLET = {"wallet_provider_name": "provider_name", "wallet_provider_code": "provider_code"}
_SLOTS = {
    "bank_account": {
        key: key
        for key in ("account_number", "bank_code", "branch_code", "bank_name", "branch_name")
    },
    "mobile_wallet": {"mobile_number": "mobile_number", **_WALLET},
    "email_wallet": {"email_address": "email_address", **_WALLET},
}
# What makes an address this address, and no other: no template may leave it out.
_IDENTIFYING = {
    "bank_account": {"account_number", "bank_code", "branch_code"},
    "mobile_wallet": {"mobile_number", "wallet_provider_code"},
    "email_wallet": {"email_address", "wallet_provider_code"},
}
# Words that SPAR 1.x, 2.x, the self-service portals and G2P Bridge use for one and the same.
_FA_TYPES = {
    "bank_account": {"bank", "bank_account"},
    "mobile_wallet": {"mobile_wallet", "mobile_wallet_provider"},
    "email_wallet": {"email_wallet", "email_wallet_provider"},
}
_CONSTANT_FA_TYPE = re.compile(r"(?<=\.fa_type:)(\w+)$")
_PLACEHOLDER = re.compile(r"([a-z_]+):\{[a-z_]*\}")


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """One row of SPAR's strategy table. Raises ConfigurationUnusable for an unusable template."""

    strategy_id: int
    #: bank_account | mobile_wallet | email_wallet
    method: str
    #: SPAR's own, with {} or {named} placeholders; a constant fa_type may stand at the end
    template: str
    #: the word this registry writes: BANK_ACCOUNT, MOBILE_WALLET, EMAIL_WALLET
    fa_type: str

    def __post_init__(self):
        if self.method not in _SLOTS:
            raise ConfigurationUnusable("No such kind of address.", code="template_method")
        keys = self.keys
        known = {*_SLOTS[self.method], "fa_type"}
        leftover = _PLACEHOLDER.sub("", self._template)
        if "{" in leftover or "}" in leftover or not known.issuperset(keys):
            raise ConfigurationUnusable("A placeholder is unknown.", code="template_placeholder")
        if len(set(keys)) < len(keys) or not _IDENTIFYING[self.method].issubset(keys):
            raise ConfigurationUnusable(
                "The template leaves out or repeats an identifying part.", code="template_lossy"
            )
        if self._constant and self._constant.group() != self.fa_type:
            raise ConfigurationUnusable("The template has another fa_type.", code="template_type")

    @property
    def _constant(self) -> re.Match[str] | None:
        return _CONSTANT_FA_TYPE.search(self.template)

    @property
    def _template(self) -> str:
        return _CONSTANT_FA_TYPE.sub("{}", self.template)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(_PLACEHOLDER.findall(self._template))

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The texts before, between and after the placeholders."""
        return tuple(re.split(r"\{[a-z_]*\}", self._template))

    def parts(self, address: Address) -> dict[str, str]:
        """The parts of the address that this strategy carries, by key of the template."""
        values = {key: getattr(address, name) for key, name in _SLOTS[self.method].items()}
        values["fa_type"] = self.fa_type
        return {key: values[key] for key in self.keys}

    def fill(self, address: Address) -> str:
        return self._join(self.parts(address).values())

    def read(self, fa: str) -> Address | None:
        """The address in the string, or None when it is not of this strategy's shape."""
        parts = self.to_object(fa)
        if parts is None or any(INJECTION.search(value) for value in parts.values()):
            return None
        fa_type = parts.pop("fa_type", self.fa_type)
        if fa_type != self.fa_type and fa_type.lower() not in _FA_TYPES[self.method]:
            return None
        slots = _SLOTS[self.method]
        address = KINDS[self.method](**{slots[key]: value for key, value in parts.items()})
        return address if address.account else None

    def to_object(self, fa: str) -> dict[str, str] | None:
        """The parts of the string by key, or None when it is not of this strategy's shape."""
        first, *between, last = self.literals
        if not (fa.startswith(first) and fa.endswith(last)):
            return None
        rest, values = fa[len(first) : len(fa) - len(last)], []
        for literal in between:
            if rest.count(literal) != 1:
                return None
            value, rest = rest.split(literal)
            values.append(value)
        return dict(zip(self.keys, [*values, rest], strict=True))

    def from_object(self, parts: Mapping[str, object]) -> str | None:
        """The string that was taken apart into ``parts``, or None when the template is another.

        A constant of the template may come back as a part: SPAR's pattern decides that.
        """
        constant = {"fa_type": self.fa_type} if self._constant else {}
        values = [{**constant, **parts}.get(key) for key in self.keys]
        beside = [value for key, value in parts.items() if key not in self.keys]
        if any(beside) or not all(isinstance(value, str) for value in values):
            return None
        return self._join(values)

    def with_fa_type(self, fa_type: str) -> "Strategy":
        """The same with another word for the kind; a constant of the template stays."""
        return self if self._constant else replace(self, fa_type=fa_type)

    def _join(self, values: Iterable[str]) -> str:
        pairs = zip(self.literals, values, strict=False)
        return "".join(literal + value for literal, value in pairs) + self.literals[-1]


DEFAULT_STRATEGIES: tuple[Strategy, ...] = (
    Strategy(
        strategy_id=2,
        method="bank_account",
        template="account_number:{}.branch_name:{}.branch_code:{}"
        ".bank_name:{}.bank_code:{}.fa_type:{}",
        fa_type="BANK_ACCOUNT",
    ),
    Strategy(
        strategy_id=3,
        method="email_wallet",
        template="email_address:{}.wallet_provider_name:{}.wallet_provider_code:{}.fa_type:{}",
        fa_type="EMAIL_WALLET",
    ),
    Strategy(
        strategy_id=4,
        method="mobile_wallet",
        template="mobile_number:{}.wallet_provider_name:{}.wallet_provider_code:{}.fa_type:{}",
        fa_type="MOBILE_WALLET",
    ),
    Strategy(
        strategy_id=5,
        method="bank_account",
        template="account_number:{}.branch_code:{}.bank_code:{}"
        ".mobile_number:.email_address:.fa_type:BANK_ACCOUNT",
        fa_type="BANK_ACCOUNT",
    ),
)


class StrategySet:
    """The strategies of one connection; the first of a method is the one it writes with."""

    def __init__(self, strategies: Iterable[Strategy] = DEFAULT_STRATEGIES):
        self._by_id = {strategy.strategy_id: strategy for strategy in strategies}

    def __iter__(self) -> Iterator[Strategy]:
        return iter(self._by_id.values())

    def for_method(self, method: str) -> Strategy:
        for strategy in self:
            if strategy.method == method:
                return strategy
        raise ConfigurationUnusable("No strategy for this kind of address.", code="no_strategy")

    def by_id(self, strategy_id: int) -> Strategy | None:
        return self._by_id.get(strategy_id)


def encode(address: Address, strategy: Strategy) -> str:
    """SPAR's string. Raises AddressError unsafe_text when it would not read back the same."""
    if address.method != strategy.method:
        raise ConfigurationUnusable("The strategy is for another kind.", code="template_method")
    fa = strategy.fill(address)
    back = strategy.read(fa)
    if back is None or strategy.parts(back) != strategy.parts(address) or not is_printable(fa):
        raise AddressError("unsafe_text", "payment_account")
    return fa


def decode(fa: str, strategies: Iterable[Strategy], strategy_id: int | None = None) -> Address:
    """Read what SPAR holds, whoever wrote it; values are taken as they are.

    The strategy SPAR names comes first, but only if it fits (1.x keeps a stale one on update).
    Raises UnreadableAddress.
    """
    # The seeded ones too, since other writers use them, whatever this registry writes.
    readers = [*strategies, *DEFAULT_STRATEGIES]
    named = [s for s in readers if s.strategy_id == strategy_id]
    for candidates in (named, readers):
        found = {address for s in candidates if (address := s.read(fa)) is not None}
        if found:
            break
    if len(found) != 1:
        raise UnreadableAddress()
    return found.pop()
