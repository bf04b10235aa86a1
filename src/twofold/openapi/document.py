"""The OpenAPI document of an app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from twofold.app import App
from twofold.errors import ConfigurationError
from twofold.openapi.inputs import inputs_of
from twofold.openapi.operations import Described, operation_of
from twofold.openapi.paths import places_of
from twofold.openapi.refusals import Refusals
from twofold.openapi.schemas import Json, TypeSchemas
from twofold.openapi.security import SecuritySchemes

OPENAPI = "3.1.1"
UNLISTED = "__twofold_unlisted__"
"""Marks the route handlers that are about the document, and so are not in it."""

_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")


def openapi_document(
    app: App, *, title: str, version: str, description: str = "", servers: Sequence[str] = ("/",)
) -> dict[str, Any]:
    """Describe the route handlers of an app: an OpenAPI 3.1 document, the same every time.

    Args:
        version: of the app's interface.
        description: in CommonMark.
        servers: URLs that the paths are below.

    Raises:
        ConfigurationError: there is no title, version or server.

    Source: https://spec.openapis.org/oas/v3.1.1.html
    """
    check_facts(title, version, servers)
    found = list(described_handlers(app))
    types = TypeSchemas(pair for one in found for pair in one.types())
    refusals, schemes = Refusals(types.definitions), SecuritySchemes()
    paths: dict[str, Json] = {}
    for one in found:
        operation = operation_of(one, types, refusals, schemes)
        paths.setdefault(one.place.template, {})[one.handler.method.lower()] = operation
    _tell_ids_apart(paths)
    info = {"title": title, "version": version, **({"description": description} if description else {})}
    return {
        "openapi": OPENAPI,
        "info": info,
        "servers": [{"url": url} for url in servers],
        "tags": [{"name": name} for name in sorted({tag for one in _operations(paths) for tag in one["tags"]})],
        "paths": paths,
        "components": _components(types, refusals, schemes),
    }


def check_facts(title: object, version: object, servers: Iterable[object]) -> None:
    """Refuse a document that does not say what it is about."""
    for name, value in (("title", title), ("version", version)):
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f'OpenAPI: {name}={value!r} is no text; write {name}="{_LIKE[name]}"')
    listed = list(servers)
    if isinstance(servers, str) or not listed or not all(isinstance(one, str) and one for one in listed):
        raise ConfigurationError(f'OpenAPI: servers={servers!r} is no list of URLs; write servers=["https://api.shop.example"]')


_LIKE: Mapping[str, str] = {"title": "Shop", "version": "1.0"}


def unlisted(function: Callable[..., Any], about: object) -> Callable[..., Any]:
    """Leave a route handler out of every document, because it is about one."""
    setattr(function, UNLISTED, about)
    return function


def described_handlers(app: App) -> Iterator[Described]:
    """Give the route handlers of an app in the order of their paths, once for each place."""
    nodes = {node.pattern: node for node in app.routes.tree.nodes if node.value is not None and node.value.handlers}
    places = places_of(nodes.values())
    at = [(place, node) for pattern, node in nodes.items() for place in places[pattern]]
    for place, node in sorted(at, key=lambda pair: pair[0].template):
        handlers = {} if node.value is None else node.value.handlers
        for method in _METHODS:
            handler = handlers.get(method)
            if handler is not None and not hasattr(handler.function, UNLISTED):
                yield Described(place, handler, inputs_of(handler, node.parameter_names))


def _operations(paths: Mapping[str, Json]) -> Iterator[Json]:
    for path in paths.values():
        yield from path.values()


def _tell_ids_apart(paths: Mapping[str, Json]) -> None:
    taken: set[str] = set()
    for operation in _operations(paths):
        name, number = operation["operationId"], 2
        while operation["operationId"] in taken:
            operation["operationId"] = f"{name}_{number}"
            number += 1
        taken.add(operation["operationId"])


def _components(types: TypeSchemas, refusals: Refusals, schemes: SecuritySchemes) -> Json:
    schemas, responses = refusals.components()
    components = {
        "schemas": dict(sorted({**types.definitions, **schemas}.items())),
        "responses": responses,
        "securitySchemes": dict(sorted(schemes.schemes.items())),
    }
    return {name: value for name, value in components.items() if value}
