"""Live pages: every open page is told, within moments, which tags others have revalidated, and asks for what it shows of them.

One hub in each process follows the store's log and tells every stream the same bytes: a place in the log and names of tags,
which nobody can read without the app's secret. What changed stays on the server until a page asks with its own cookies.
"""

from __future__ import annotations

from twofold.live.answering import LIVE_PATH as LIVE_PATH
from twofold.live.answering import answer_live as answer_live
from twofold.live.hub import Hub as Hub
from twofold.live.hub import hub_of as hub_of
from twofold.live.reply import ABORT_EXTENSION as ABORT_EXTENSION
from twofold.live.seats import Seats as Seats
