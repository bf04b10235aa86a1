"""Twofold: server actions for your components, route handlers for everyone else, and one contract for both."""

from __future__ import annotations

from starlette.datastructures import UploadFile as UploadFile
from starlette.responses import Response as Response
from starlette.websockets import WebSocket as WebSocket

from twofold.actions import Action as Action
from twofold.actions import Form as Form
from twofold.actions import action as action
from twofold.ambient import after as after
from twofold.ambient import call_key as call_key
from twofold.ambient import cookies as cookies
from twofold.ambient import headers as headers
from twofold.ambient import session as session
from twofold.ambient import url_for as url_for
from twofold.app import App as App
from twofold.boundary import BigInt as BigInt
from twofold.boundary import FileLimits as FileLimits
from twofold.boundary import Secret as Secret
from twofold.cache import bypass as bypass
from twofold.cache import cached as cached
from twofold.cache import revalidate_path as revalidate_path
from twofold.cache import revalidate_tag as revalidate_tag
from twofold.cache import revalidation as revalidation
from twofold.call import Request as Request
from twofold.errors import AuthRequired as AuthRequired
from twofold.errors import BadRequest as BadRequest
from twofold.errors import ConfigurationError as ConfigurationError
from twofold.errors import Conflict as Conflict
from twofold.errors import ContractError as ContractError
from twofold.errors import Failure as Failure
from twofold.errors import Forbidden as Forbidden
from twofold.errors import Internal as Internal
from twofold.errors import MethodNotAllowed as MethodNotAllowed
from twofold.errors import NotFound as NotFound
from twofold.errors import NotImplementedHere as NotImplementedHere
from twofold.errors import RateLimited as RateLimited
from twofold.errors import Redirect as Redirect
from twofold.errors import Stale as Stale
from twofold.errors import StoreUnavailable as StoreUnavailable
from twofold.errors import TooLarge as TooLarge
from twofold.errors import Unavailable as Unavailable
from twofold.errors import UnsupportedMediaType as UnsupportedMediaType
from twofold.errors import UriTooLong as UriTooLong
from twofold.errors import ValidationFailed as ValidationFailed
from twofold.errors import redirect as redirect
from twofold.guards import allow_ips as allow_ips
from twofold.guards import api_key as api_key
from twofold.guards import bearer as bearer
from twofold.guards import deny_ips as deny_ips
from twofold.guards import known_keys as known_keys
from twofold.handlers import ServerSentEvent as ServerSentEvent
from twofold.handlers import cors as cors
from twofold.handlers import idempotent as idempotent
from twofold.handlers import same_origin as same_origin
from twofold.handlers import use as use
from twofold.handlers import verify as verify
from twofold.limiting import client_address as client_address
from twofold.limiting import limit as limit
from twofold.limiting import visitor as visitor
from twofold.middleware import CallNext as CallNext
from twofold.middleware import Middleware as Middleware
from twofold.parameters import Cookie as Cookie
from twofold.parameters import Depends as Depends
from twofold.parameters import Header as Header
from twofold.parameters import Reply as Reply
from twofold.parameters import Status as Status
from twofold.regions import Region as Region
from twofold.regions import region as region
from twofold.settings import Settings as Settings
from twofold.webhooks import HmacSha256 as HmacSha256

__all__ = [
    "Action",
    "App",
    "AuthRequired",
    "BadRequest",
    "BigInt",
    "CallNext",
    "ConfigurationError",
    "Conflict",
    "ContractError",
    "Cookie",
    "Depends",
    "Failure",
    "FileLimits",
    "Forbidden",
    "Form",
    "Header",
    "HmacSha256",
    "Internal",
    "MethodNotAllowed",
    "Middleware",
    "NotFound",
    "NotImplementedHere",
    "RateLimited",
    "Redirect",
    "Region",
    "Reply",
    "Request",
    "Response",
    "Secret",
    "ServerSentEvent",
    "Settings",
    "Stale",
    "Status",
    "StoreUnavailable",
    "TooLarge",
    "Unavailable",
    "UnsupportedMediaType",
    "UploadFile",
    "UriTooLong",
    "ValidationFailed",
    "WebSocket",
    "action",
    "after",
    "allow_ips",
    "api_key",
    "bearer",
    "bypass",
    "cached",
    "call_key",
    "client_address",
    "cookies",
    "cors",
    "deny_ips",
    "headers",
    "idempotent",
    "known_keys",
    "limit",
    "redirect",
    "region",
    "revalidate_path",
    "revalidate_tag",
    "revalidation",
    "same_origin",
    "session",
    "url_for",
    "use",
    "verify",
    "visitor",
]
