"""OpenAPI: what the route handlers of an app take and give, for people and for programs.

    from twofold.openapi import serve_openapi

    serve_openapi(app, title="Shop", version="1.0")

Only route handlers are described: they are called by outsiders. Actions, pages and WebSockets never appear.
"""

from __future__ import annotations

from twofold.openapi.document import openapi_document as openapi_document
from twofold.openapi.serving import serve_openapi as serve_openapi

__all__ = ["openapi_document", "serve_openapi"]
