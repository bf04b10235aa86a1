"""Routing: raw request path → node, node → URL, and what a method means there.

    patterns   "/api/stock/{sku}" → segments
    paths      raw path bytes ↔ decoded segments
    nodes      one node per pattern; reverse URLs
    trie       text before a parameter before the rest
    tree       the route tree: register, match, mount
    methods    the decision about a request's method

Pure: no I/O, no framework objects. The app puts its own endpoint on each node.
"""

from __future__ import annotations

from twofold.routing.methods import METHODS as METHODS
from twofold.routing.methods import MethodDecision as MethodDecision
from twofold.routing.methods import MethodOutcome as MethodOutcome
from twofold.routing.methods import allowed_methods as allowed_methods
from twofold.routing.methods import decide_method as decide_method
from twofold.routing.nodes import Match as Match
from twofold.routing.nodes import Node as Node
from twofold.routing.paths import MAX_PATH_BYTES as MAX_PATH_BYTES
from twofold.routing.paths import MAX_SEGMENTS as MAX_SEGMENTS
from twofold.routing.paths import Malformed as Malformed
from twofold.routing.patterns import Kind as Kind
from twofold.routing.patterns import Segment as Segment
from twofold.routing.patterns import parse_pattern as parse_pattern
from twofold.routing.tree import RouteTree as RouteTree
