"""Testing: a client that behaves like a browser tab, in process or against a running server."""

from __future__ import annotations

from twofold.testing.client import Client as Client
from twofold.testing.clock import FrozenClock as FrozenClock
from twofold.testing.forms import PageField as PageField
from twofold.testing.forms import PageForm as PageForm
from twofold.testing.page import Page as Page
