# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Ways to damage an answer: first its JSON values, then its text, now and then its status."""

import json
import math
from collections.abc import Iterator
from random import Random

#: stand for text that json.dumps would not write
_HUGE, _DEEP, _SHALLOW = "@huge@", "@deep@", "@shallow@"
_TEXTS = {
    _HUGE: b"9" * 5000,
    _DEEP: b"[" * 20_000 + b"]" * 20_000,
    _SHALLOW: b'{"a":' * 60 + b"1" + b"}" * 60,
}
_ODD = [
    None,
    True,
    False,
    0,
    7,
    -1.5,
    10**30,
    math.nan,
    math.inf,
    "",
    " ",
    "x",
    "succ",
    "rjct",
    "SUCCESS",
    "ERROR",
    "succ.fa.not_linked_to_id",
    "rjct.reference_id.duplicate",
    "account_number:1.fa_type:BANK",
    "\ud800",
    "\0",
    [],
    {},
    ["succ"],
    {"a": 1},
    {"strategy_id": 2},
    _HUGE,
    _DEEP,
    _SHALLOW,
]
_STATUSES = [100, 199, 201, 204, 301, 400, 401, 404, 409, 413, 422, 429, 500, 502, 503, 599]


def damaged(answer: bytes, status: int, rng: Random) -> tuple[int, bytes]:
    """(status, bytes) of another answer; sometimes an equal one."""
    try:
        value = {"": json.loads(answer)}
    except ValueError:
        value = {"": {}}
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(_VALUE_WAYS)(value, rng)
    data = json.dumps(value[""], ensure_ascii=rng.random() < 0.9).encode(errors="surrogatepass")
    for mark, text in _TEXTS.items():
        data = data.replace(json.dumps(mark).encode(), text)
    if rng.random() < 0.2:
        data = rng.choice(_TEXT_WAYS)(data, rng)
    return (rng.choice(_STATUSES) if rng.random() < 0.05 else status), data


def _holders(value) -> Iterator[dict | list]:
    """Every object and array, the outermost first."""
    if isinstance(value, dict | list):
        if value:
            yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _holders(part)


def _place(value, rng: Random) -> tuple:
    """(holder, key or index) of any value in it."""
    holder = rng.choice(list(_holders(value)))
    return holder, rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))


def _rows(value, rng: Random) -> list[dict]:
    """A list of nothing but rows, or an empty one."""
    lists = [holder for holder in _holders(value) if isinstance(holder, list)]
    found = [rows for rows in lists if all(isinstance(row, dict) for row in rows)]
    return rng.choice(found) if found else []


def _retype(value, rng):
    holder, key = _place(value, rng)
    holder[key] = _copy(rng.choice(_ODD))


def _drop(value, rng):
    holder, key = _place(value, rng)
    if holder is not value:
        del holder[key]


def _duplicate(value, rng):
    rows = _rows(value, rng)
    if rows:
        rows.insert(rng.randrange(len(rows) + 1), _copy(rng.choice(rows)))


def _reorder(value, rng):
    rng.shuffle(_rows(value, rng))


def _enlarge(value, rng):
    rows = _rows(value, rng)
    if rng.random() < 0.5:
        holder, key = _place(value, rng)
        holder[key] = "x" * rng.choice((100, 5000))
    elif rows:
        rows.extend(_copy(rows[0]) | {"reference_id": f"more-{n}"} for n in range(50))


def _swap(value, rng):
    """Two values change places: a reference, an id or a verdict moves to another row."""
    one, other = _place(value, rng), _place(value, rng)
    first, second = _copy(one[0][one[1]]), _copy(other[0][other[1]])
    one[0][one[1]], other[0][other[1]] = second, first


def _wrong_reference(value, rng):
    rows = _rows(value, rng)
    if rows:
        row = rng.choice(rows)
        own = row.get("reference_id")
        others = [other.get("reference_id") for other in rows]
        odd = [f"{own} ", f"{own}".upper(), "ref-0", "", None, 1, [own], {"x": own}]
        row["reference_id"] = rng.choice(odd + others)


def _turn(value, rng):
    """A verdict into its opposite, with or without the code that belongs to it."""
    rows = _rows(value, rng)
    if rows:
        row = rng.choice(rows)
        row["status"] = "rjct" if row.get("status") == "succ" else "succ"
        if rng.random() < 0.5:
            row["status_reason_code"] = rng.choice((None, "rjct.id.invalid", "succ.id.active"))


def _missing(value, rng):
    rows = _rows(value, rng)
    del rows[rng.randrange(len(rows) + 1) :]


def _copy(value):
    return json.loads(json.dumps(value))


_VALUE_WAYS = (
    _retype,
    _retype,
    _drop,
    _duplicate,
    _reorder,
    _enlarge,
    _swap,
    _wrong_reference,
    _turn,
    _missing,
)


def _cut(data, rng):
    return data[: rng.randrange(len(data) + 1)]


def _flip(data, rng):
    at = rng.randrange(len(data) + 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _wrap(data, rng):
    around = rng.choice(((b"\xef\xbb\xbf", b""), (b"", b"}"), (b"[", b"]"), (b"<!--", b"-->")))
    return around[0] + data + around[1]


def _twice(data, rng):
    return data + data


def _key_twice(data, rng):
    """The same key a second time, in the text: the last one counts."""
    keys = (b'"status":"succ",', b'"reference_id":"ref-1",', b'"response_status":"SUCCESS",')
    return data.replace(b"{", b"{" + rng.choice(keys), rng.choice((1, -1)))


def _other_encoding(data, rng):
    return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "utf-8-sig")))


def _nothing(data, rng):
    return rng.choice((b"", b" ", b"null", b"<html></html>"))


_TEXT_WAYS = (_cut, _cut, _cut, _flip, _wrap, _twice, _key_twice, _other_encoding, _nothing)
