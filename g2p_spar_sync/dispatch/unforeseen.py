"""Unforeseen: where our own code breaks, told without a word of what it broke over."""

import logging
import traceback
from contextlib import contextmanager
from pathlib import Path

import psycopg2.errors

from ..spar import ConnectionLevelError, RequestError

#: What two workers that meet at one row may raise: foreseen, the loser tries again.
COLLISIONS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.UniqueViolation,
)

_logger = logging.getLogger(__name__)


class Unforeseen(ConnectionLevelError):
    """Whatever SPAR is asked, what it answers breaks our own code."""

    default_code = "unforeseen"
    default_message = "Our own code broke over SPAR's answer; the log names the place."


def tell(error, about):
    """Log what ``error`` is and where it was raised. Its text may hold an address: that stays out.

    :param about: what was worked on, by number
    """
    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    _logger.error("spar: %s over %s, at %s", type(error).__name__, about, where)


@contextmanager
def as_trouble(about):
    """What breaks in here, beside what a request may raise, is told and raised as Unforeseen: the
    connection waits for it as for any other trouble, and whoever runs it is told."""
    try:
        yield
    except RequestError:
        raise
    except Exception as error:  # Anything: it is told, and goes on as what the caller bears.
        tell(error, about)
        raise Unforeseen() from None


def numbers(lines):
    """What a log line names ``lines`` by."""
    if len(lines) == 1:
        return f"submission {lines[0].submission_id}"
    return f"{len(lines)} submissions"
