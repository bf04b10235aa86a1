"""The typed client: an app's actions and route handlers as functions of TypeScript.

A tool: it reads an imported app and writes files. The app imports nothing of it.
"""

from __future__ import annotations

from twofold.client.files import Files, client_files, outdated, write

__all__ = ["Files", "client_files", "outdated", "write"]
