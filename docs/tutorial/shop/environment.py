"""What the shop is told from outside. The defaults are for development: everybody knows them."""

from __future__ import annotations

import os

DELIVERY_SECRET = os.environ.get("DELIVERY_SECRET", "known-to-everybody")
STAFF_PASSWORD = os.environ.get("STAFF_PASSWORD", "open-sesame")
