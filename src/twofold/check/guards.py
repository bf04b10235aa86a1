"""What may keep strangers from a handler, where the source of the handler does not say so itself."""

from __future__ import annotations

import ast

from twofold.check.project import Project
from twofold.check.source import Role, Source


def may_be_guarded(source: Source, role: Role, project: Project) -> bool:
    """Whether code that the checker cannot judge stands before a handler: a decorator of the app's own, or middleware."""
    registering = 0 if source.path.name == "route.py" else 1
    foreign = [one for one in role.decorators if not one.name]
    return role.has("use") or len(foreign) > registering or _has_middleware(source, project)


def _has_middleware(source: Source, project: Project) -> bool:
    if source.path.name != "route.py":
        return any(isinstance(node, ast.keyword) and node.arg == "middleware" for node in source.nodes)
    folders = set(source.path.parents)
    return any(one.path.name == "middleware.py" and one.path.parent in folders for one in project.sources)
