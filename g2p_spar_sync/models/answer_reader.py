"""What SPAR's answers mean in the planner's terms. Holds no cursor, so it works between them."""

from ..spar import Known, NotLinked, Unreadable, UnreadableAddress, decode


class AnswerReader:
    """Reads answers of one connection.

    :param strategies: the connection's StrategySet
    :param identify: parts -> keyed hash (hex)
    """

    def __init__(self, strategies, identify):
        self._strategies = strategies
        self._identify = identify

    def interpret(self, answer):
        """``answer`` -> (what the planner knows of it, its keyed hash, the address).

        The hash is "" for not linked; the address is None for that and for an unreadable one.
        """
        if isinstance(answer, NotLinked):
            return answer, "", None
        try:
            address = decode(answer.fa, self._strategies, strategy_id=answer.strategy_id)
        except UnreadableAddress:
            digest = self._identify(("unreadable", answer.fa))
            return Unreadable(fa_identity=digest), digest, None
        digest = self._identify(address.identity())
        return Known(identity=digest, fa=answer.fa), digest, address
