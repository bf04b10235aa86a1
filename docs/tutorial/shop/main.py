"""The shop, served: its routes are the folders of `app`."""

from __future__ import annotations

from twofold import App

app = App("app")
