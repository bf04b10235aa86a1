"""Binding: what a page, a route handler or a dependency asks for, taken from the request.

sources        where each parameter comes from
bodies         the body, as JSON or a form
dependencies   values made by other functions
binder         all of them together
"""

from __future__ import annotations

from twofold.binding.binder import Binder as Binder
from twofold.binding.sources import Bound as Bound
from twofold.binding.sources import Source as Source
