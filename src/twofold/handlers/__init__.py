"""Route handlers: HTTP endpoints for everyone who is not a component of this app."""

from __future__ import annotations

from twofold.handlers.cors import Cors as Cors
from twofold.handlers.cors import Preflight as Preflight
from twofold.handlers.crossing import mark as mark
from twofold.handlers.crossing import preflighted as preflighted
from twofold.handlers.declarations import Declarations as Declarations
from twofold.handlers.declarations import check_undeclared as check_undeclared
from twofold.handlers.declarations import cors as cors
from twofold.handlers.declarations import declarations_of as declarations_of
from twofold.handlers.declarations import idempotent as idempotent
from twofold.handlers.declarations import same_origin as same_origin
from twofold.handlers.declarations import use as use
from twofold.handlers.declarations import verify as verify
from twofold.handlers.handler import Handler as Handler
from twofold.handlers.sockets import SocketHandler as SocketHandler
from twofold.handlers.sockets import handshake as handshake
from twofold.handlers.sockets import refuse_handshake as refuse_handshake
from twofold.handlers.streams import ServerSentEvent as ServerSentEvent
