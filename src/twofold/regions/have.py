"""What a browser says is on its page: a list of descriptors, taken at their signature and no word more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from twofold.boundary.strict_json import screen
from twofold.call import Call
from twofold.errors import ValidationFailed
from twofold.regions.descriptor import Descriptor, claimed_key

FIELD = "_tf_have"
"""The part of a form that holds the list, as JSON."""

FROM_FIELD = "_tf_from"
"""The part of a form that holds the key of the region around it."""

MAX_REGIONS = 64
MAX_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Have:
    """The regions of the browser's page.

    Args:
        regions: by key, in the order of the page.
        gone: keys of those whose descriptors are not taken.
        session: identity that the descriptors were taken for.
    """

    regions: dict[str, Descriptor] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    session: str | None = None


def have_of(pairs: Iterable[tuple[str, str]], call: Call) -> tuple[Have, str]:
    """Read the list in a form, and the key of the region that holds the form."""
    said = {name: text for name, text in pairs if name in (FIELD, FROM_FIELD)}
    return read_have(said.get(FIELD, "").encode(), call), said.get(FROM_FIELD, "")


def read_have(raw: bytes, call: Call) -> Have:
    """Read the list; what is malformed is passed over, because a page without news is better than no answer.

    An action may change the session, and with it what is taken: read the list before it runs.
    """
    texts = _texts(raw)
    session = call.session.identity
    regions: dict[str, Descriptor] = {}
    gone: list[str] = []
    for text in texts[:MAX_REGIONS]:
        found = Descriptor.open(text, call, session)
        if found is not None:
            regions.setdefault(found.key, found)
        elif (key := claimed_key(text)) is not None:
            gone.append(key)
    return Have(regions, tuple(dict.fromkeys(gone)), session)


def _texts(raw: bytes) -> list[object]:
    if len(raw) > MAX_CHARACTERS:
        return []
    try:
        tree = screen(raw)  # a number in it is no descriptor, however large
    except ValidationFailed:
        return []
    return tree if isinstance(tree, list) else []
