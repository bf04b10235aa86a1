from __future__ import annotations

from twofold import App

app = App("app")
