"""What an app is found to promise, read from its routes and actions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from inspect import Parameter, unwrap
from pathlib import Path
from types import CodeType
from typing import Any

from twofold.actions import Action, registry
from twofold.app import App
from twofold.binding import Binder, Bound
from twofold.cache.functions import CachedFunction
from twofold.calling import hints_of, place_of
from twofold.cli.contract import Contract, Input
from twofold.cli.types import type_name
from twofold.endpoints import Endpoint
from twofold.handlers import Cors, Handler
from twofold.limiting import Limit
from twofold.middleware import Middleware
from twofold.origin import is_safe
from twofold.routing import Node
from twofold.webhooks.deduping import is_deduped


def contracts_of(app: App, directory: Path) -> list[Contract]:
    """Give the contract of everything that an app answers: routes by path, then actions by id.

    Args:
        directory: places in it are shown relative to it.
    """
    app.routes.compile()
    nodes = sorted(app.routes.tree.nodes, key=lambda node: node.pattern)
    routes = [one for node in nodes if node.value is not None for one in _of_endpoint(node, node.value, directory)]
    actions = [_of_action(action, directory) for action in sorted(registry, key=lambda action: action.id)]
    return [*routes, *map(_of_mount, app.routes.tree.mounts), *actions]


def _of_endpoint(node: Node[Endpoint], endpoint: Endpoint, directory: Path) -> Iterator[Contract]:
    guards = _names(endpoint.middleware)
    if endpoint.page is not None:
        yield _of_page(node, endpoint.page.function, guards, directory)
    for method, handler in sorted(endpoint.handlers.items()):
        yield _of_handler(node, method, handler, guards, directory)
    if endpoint.socket is not None:
        function = endpoint.socket.function
        yield Contract(
            kind="websocket", method="WEBSOCKET", name=node.pattern, **_identity(function, directory),
            callers="pages of this site", origin="always", takes=_inputs(endpoint.socket.binder.parameters),
            reads=_reads(function), guards=guards,
        )  # fmt: skip


def _of_page(node: Node[Endpoint], function: Callable[..., Any], guards: tuple[str, ...], directory: Path) -> Contract:
    inputs = _inputs(Binder(function, node.parameter_names).parameters)
    return Contract(
        kind="page", method="GET", name=node.pattern, **_identity(function, directory), callers="anyone",
        origin="never to read it, always for its actions", takes=inputs, gives="HTML", reads=_reads(function), guards=guards,
    )  # fmt: skip


def _of_handler(node: Node[Endpoint], method: str, handler: Handler, guards: tuple[str, ...], directory: Path) -> Contract:
    declared = handler.declared
    signature = None if declared.verifier is None else _verifier_name(declared.verifier)
    return Contract(
        kind="handler", method=method, name=node.pattern, **_identity(handler.function, directory),
        callers="whoever signs the body" if signature else "pages of this site" if declared.is_same_origin else "anyone",
        origin="always" if declared.is_same_origin else "never" if is_safe(method) else "when the session is used",
        signature=signature, takes=_inputs(handler.binder.parameters), gives=_return_of(handler.function),
        reads=_reads(handler.function), guards=guards + _names(declared.middleware), limits=_limits(handler.limits),
        cors=None if declared.cors is None else _sites(declared.cors), once=_once(handler),
    )  # fmt: skip


def _of_action(action: Action[..., Any], directory: Path) -> Contract:
    inputs = tuple(
        Input(name, type_name(one.annotation), "argument", None if one.is_required else repr(one.default))
        for name, one in action.arguments.parameters.items()
    )
    return Contract(
        kind="action", method="CALL", name=action.id, **_identity(action.function, directory),
        callers="forms of this app, and the typed client" if action.is_exported else "forms of this app",
        origin="always", takes=inputs, gives=_return_of(action.function), reads=_reads(action.function),
        revalidates=tuple(template.text for template in action.revalidates), guards=_names(action.guards),
        limits=_limits(action.limits), once=None if action.is_idempotent else "by its call key",
        errors=tuple(f"{kind.code} {kind.status}" for kind in action.errors.values()), notes=tuple(_notes(action)),
    )  # fmt: skip


def _of_mount(node: Node[Endpoint]) -> Contract:
    mounted = None if node.value is None else node.value.mounted
    name = getattr(mounted, "__qualname__", type(mounted).__qualname__)
    return Contract(
        kind="mount", method="*", name=node.pattern, function=f"{getattr(mounted, '__module__', '')}.{name}", place="",
        callers="as it decides", origin="as it decides",
    )  # fmt: skip


def _identity(function: Callable[..., Any], directory: Path) -> dict[str, Any]:
    plain = unwrap(function)
    file, _, line = place_of(plain).rpartition(":")
    shown = Path(file).relative_to(directory) if Path(file).is_relative_to(directory) else file
    return {"function": f"{plain.__module__}.{plain.__qualname__}", "place": f"{shown}:{line}"}


def _inputs(parameters: Iterable[Bound]) -> tuple[Input, ...]:
    return tuple(
        Input(
            one.wire_name, type_name(one.annotation), _source(one), None if one.default is Parameter.empty else repr(one.default)
        )
        for one in parameters
    )


def _source(one: Bound) -> str:
    return one.source if one.depends is None else f"depends on {getattr(one.depends, '__qualname__', one.depends)}"


def _return_of(function: Callable[..., Any]) -> str:
    return type_name(hints_of(unwrap(function)).get("return"))


def _names(middleware: Collection[Middleware]) -> tuple[str, ...]:
    return tuple(f"{one.__module__}.{getattr(one, '__qualname__', type(one).__name__)}" for one in middleware)


def _verifier_name(verifier: object) -> str:
    header = getattr(verifier, "header", None)
    return f"{type(verifier).__name__} in {header}" if header else type(verifier).__name__


def _limits(limits: Sequence[Limit]) -> tuple[str, ...]:
    shown = []
    for one in limits:
        by = getattr(one.by, "__qualname__", type(one.by).__name__)
        shared = f", shared as {one.name}" if one.is_shared else ""
        shown.append(f"{one.rate.requests} in {one.rate.window_seconds} s by {by}{shared}")
    return tuple(shown)


def _sites(policy: Cors) -> str:
    if policy.origins is None:
        return "scripts of every site"
    known = [str(one) for one in sorted(policy.origins.exact)]
    known += [f"{one.scheme}://*.{str(one).partition('://')[2]}" for one in sorted(policy.origins.wildcards)]
    return f"scripts of {', '.join(known)}{', with cookies' if policy.has_credentials else ''}"


def _once(handler: Handler) -> str | None:
    if handler.declared.idempotent is not None:
        return "by Idempotency-Key" if handler.declared.idempotent.is_required else "by Idempotency-Key, where there is one"
    return "by the id of its event" if is_deduped(handler.function) else None


def _notes(action: Action[..., Any]) -> Iterator[str]:
    if action.is_idempotent:
        yield "runs again when it is sent again"
    if action.max_body_bytes is not None:
        yield f"bodies of up to {action.max_body_bytes} bytes"
    if action.aliases:
        yield f"formerly {', '.join(action.aliases)}"


def _reads(function: Callable[..., Any]) -> tuple[str, ...]:
    """Give the tags of the cached functions that a function names. What it reads through others does not show."""
    plain = unwrap(function)
    code = getattr(plain, "__code__", None)
    names = _names_in(code) if code is not None else ()
    found = (plain.__globals__.get(name) for name in names)
    return tuple(dict.fromkeys(tag for one in found if isinstance(one, CachedFunction) for tag in one.tags))


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
