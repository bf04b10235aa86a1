"""The workloads: the request of each, and the answers, right and wrong, that a contender gives before it is measured."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contenders import SECRET, Contender
from machine import Server

ALL: Mapping[str, str] = {
    "W1": "an action call that validates two arguments",
    "W2": "the same as a JSON route handler",
    "W3": "a signed webhook of 1 KB",
    "W4": "GET with a dynamic segment",
    "W4k": "the same beside 1,000 other routes",
    "W4x": "the same beside 10,000 other routes",
    "W5": "a cached read by tag",
    "W6": "a form post without JavaScript, and the page again",
    "W7": "an action with a refresh of 1 of 20 regions",
}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SKU = "SKU-0001"


def _event() -> str:
    lines = [{"sku": f"SKU-{number:04d}", "quantity": number + 1} for number in range(12)]
    event = {"id": "evt_0001", "type": "payment.succeeded", "data": {"amount": 4200, "lines": lines}, "pad": ""}
    text = json.dumps(event, separators=(",", ":"))
    return text.replace('"pad":""', f'"pad":"{"x" * (1024 - len(text))}"')


EVENT = _event()


class Wrong(Exception):
    """A contender gives another answer than it should."""


def need(is_right: bool, what: object) -> None:  # noqa: FBT001  it is an assertion
    """Refuse a wrong answer."""
    if not is_right:
        raise Wrong(str(what)[:400])


@dataclass(frozen=True)
class Ask:
    """One request.

    Args:
        counts: whether each answer has made a reservation.
        key_header: gets another key with every request.
        key_field: the same as a field at the end of a form.
        status: what it is answered with.
    """

    method: str
    path: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    counts: bool = False
    key_header: str = ""
    key_field: str = ""
    status: int = 200

    def send(self, server: Server, key: str = "key-of-the-check-0001") -> tuple[int, bytes]:
        """Send it once."""
        headers = {**self.headers, **({self.key_header: key} if self.key_header else {})}
        body = f"{self.body}&{self.key_field}={key}" if self.key_field else self.body
        status, content, _ = server.ask(self.method, self.path, body, headers)
        return status, content

    def script(self, done: str, first_key: int) -> str:
        """Write it for the load generator, which is told in Lua."""
        lines = [f"wrk.method = {_lua(self.method)}", f"wrk.path = {_lua(self.path)}"]
        if self.body is not None:
            lines.append(f"wrk.body = {_lua(self.body)}")
        lines += [f"wrk.headers[ {_lua(name)} ] = {_lua(value)}" for name, value in self.headers.items()]
        if self.key_header or self.key_field:
            lines += [f"local number, body = {first_key}, wrk.body", "request = function()", "  number = number + 1"]
            lines += ['  local key = string.format("key-%016d", number)']
            lines += [f"  wrk.headers[ {_lua(self.key_header)} ] = key"] if self.key_header else []
            lines += [f'  wrk.body = body .. "&{self.key_field}=" .. key'] if self.key_field else []
            lines += ["  return wrk.format(nil, wrk.path)", "end"]
        return "\n".join([*lines, done])


def _lua(text: str) -> str:
    return f"[==[{text}]==]"


def signed(text: str, secret: str = SECRET) -> str:
    """Sign a webhook."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def ask(one: Contender, server: Server, workload: str) -> Ask:
    """Give the request of a workload."""
    if workload == "W1":
        return action_call(one, server)
    if workload == "W2":
        return Ask("POST", one.spec.get("w2_path", "/api/reserve"), _order(SKU, 2), JSON, counts=True)
    if workload == "W3":
        return Ask("POST", "/api/webhooks/payment", EVENT, {**JSON, "x-payment-signature": signed(EVENT)})
    if workload in ("W4", "W4k", "W4x"):
        return Ask("GET", f"/api/stock/{SKU}")
    if workload == "W5":
        return Ask("GET", f"/api/cached/{SKU}")
    return refused_form(server) if workload == "W6" else refreshing_form(one, server)


def _order(sku: str, quantity: object) -> str:
    return json.dumps({"sku": sku, "quantity": quantity}, separators=(",", ":"))


def _seen(server: Server, *, foreign: bool = False) -> dict[str, str]:
    """Give what a browser says of the page that sends."""
    origin = "http://evil.test" if foreign else f"http://127.0.0.1:{server.port}"
    return {"Origin": origin, "Sec-Fetch-Site": "cross-site" if foreign else "same-origin"}


def action_call(one: Contender, server: Server, sku: str = SKU, quantity: int = 2, *, foreign: bool = False) -> Ask:
    """Give what the framework's own client sends: a browser's form, or a script's call.

    Args:
        foreign: as a page of another site would make a browser send it.
    """
    said: Mapping[str, Any] = one.spec["w1"]
    path, seen = said["path"], _seen(server, foreign=foreign)
    form = urllib.parse.urlencode({"sku": sku, "quantity": quantity})
    if said["type"] == "json":
        key = "Twofold-Call" if said.get("call_key") else ""
        return Ask("POST", path, _order(sku, quantity), {**JSON, **seen}, counts=True, key_header=key)
    if said["type"] == "form":
        return Ask("POST", path, form, {**FORM, **said.get("headers", {}), **seen}, counts=True)
    if said["type"] == "form-token":
        _, page, response = server.ask("GET", path)
        cookie = (response.getheader("set-cookie") or "").split(";")[0]
        found = re.search(said["token_re"], page.decode()) if said.get("token_re") else None
        token = found[1] if found else cookie.split("=", 1)[1].strip('"')
        headers = {**FORM, "Cookie": cookie, said["header"]: token, **seen}
        if foreign:
            del headers["Cookie"]
        return Ask("POST", path, form, headers, counts=True)
    return _next_call(one, path, said["action"], json.dumps([sku, quantity], separators=(",", ":")), seen)


def _next_call(one: Contender, path: str, action: str, body: str, seen: Mapping[str, str]) -> Ask:
    manifest = json.loads((one.home() / ".next/server/server-reference-manifest.json").read_text())
    identity = next(key for key, value in manifest["node"].items() if value["exportedName"] == action)
    state = json.dumps(["", {"children": ["reserve", {"children": ["__PAGE__", {}]}]}, None, None, True], separators=(",", ":"))
    headers = {
        "Accept": "text/x-component", "Next-Action": identity, "Content-Type": "text/plain;charset=UTF-8",
        "Next-Router-State-Tree": urllib.parse.quote(state),
    }  # fmt: skip
    return Ask("POST", path, body, {**headers, **seen}, counts=True)


def refused_form(server: Server) -> Ask:
    """Give a form that asks for too much: the page comes again, with what was typed and what is wrong with it."""
    _, page, response = server.ask("GET", "/form")
    fields = {**hidden_fields(page.decode()), "sku": SKU, "quantity": "1000"}
    cookies = [value.split(";")[0] for name, value in response.getheaders() if name.lower() == "set-cookie"]
    headers = {**FORM, **_seen(server), **({"Cookie": "; ".join(cookies)} if cookies else {})}
    return Ask("POST", form_action(page.decode(), "/form"), urllib.parse.urlencode(fields), headers, status=422)


def refreshing_form(one: Contender, server: Server) -> Ask:
    """Give what the browser runtime sends for a form: its fields, and which regions the page has."""
    if one.name == "raw":
        return Ask("POST", "/_action/restock", _order(SKU, 2), {**JSON, **_seen(server)}, key_header="Twofold-Call")
    _, page, _ = server.ask("GET", "/regions")
    text = page.decode()
    have = re.findall(r' data-tf-region="([^"]+)"', text)
    fields = {**hidden_fields(text), "sku": SKU, "quantity": "2", "_tf_have": json.dumps([html.unescape(each) for each in have])}
    return Ask(
        "POST",
        form_action(text, "/regions"),
        urllib.parse.urlencode(fields),
        {**FORM, **_seen(server)},
        key_header="Twofold-Call",
    )


def hidden_fields(page: str) -> dict[str, str]:
    """Give the hidden fields of a page."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        known = {name: html.unescape(value) for name, value in re.findall(r'([a-z_]+)="([^"]*)"', tag)}
        if known.get("type") == "hidden":
            found[known["name"]] = known.get("value", "")
    return found


def form_action(page: str, otherwise: str) -> str:
    """Give where the form of a page goes."""
    found = re.search(r'<form[^>]* action="([^"]+)"', page)
    path = html.unescape(found[1]) if found else otherwise
    return f"{otherwise}{path}" if path.startswith("?") else path


# Checks


def check(one: Contender, server: Server, workload: str) -> Ask:
    """Ask rightly and wrongly, and give the request to measure with.

    Raises:
        Wrong: an answer is another one than it should be.
    """
    made = ask(one, server, workload)
    before = reservations(server) if made.counts else 0
    status, content = made.send(server)
    need(status == made.status, f"{status} {content!r}")
    if workload in _CHECKS:
        _CHECKS[workload](one, server, made, content)
    if made.counts:
        need(reservations(server) == before + 1, "it did not run once")
    return made


def reservations(server: Server) -> int:
    """Give how many reservations were made."""
    return int(json.loads(server.ask("GET", "/api/stats")[1])["reservations"])


def _check_action(one: Contender, server: Server, _made: Ask, content: bytes) -> None:
    need(b"res-" in content, content)
    for number, wrong in enumerate((action_call(one, server, quantity=0), action_call(one, server, sku="nope"))):
        need(b"res-" not in wrong.send(server, f"key-of-a-wrong-call-{number}")[1], "it takes wrong input")
    if one.spec["w1"].get("csrf", True):
        status, answer = action_call(one, server, foreign=True).send(server, "key-of-a-foreign-call")
        need(status >= 400 and b"res-" not in answer, f"it takes calls of other sites: {status}")


def _check_handler(_one: Contender, server: Server, made: Ask, content: bytes) -> None:
    value = json.loads(content)
    need(value.get("passthrough", value)["reservationId"].startswith("res-"), content)
    for body in (_order(SKU, 0), _order(SKU, 101), _order("x", 1), _order(SKU, "two"), '{"sku":"SKU-0001"}'):
        status, _, _ = server.ask("POST", made.path, body, JSON)
        need(400 <= status < 500, f"it takes {body}: {status}")


def _check_webhook(_one: Contender, server: Server, made: Ask, content: bytes) -> None:
    need(json.loads(content) == {"received": True}, content)
    forged = {**JSON, "x-payment-signature": signed(EVENT, "other")}
    for body, headers in ((EVENT, JSON), (EVENT, forged), (EVENT + " ", dict(made.headers))):
        need(server.ask("POST", made.path, body, headers)[0] in (401, 403), "it takes a webhook that nobody has signed")


def _check_stock(_one: Contender, server: Server, _made: Ask, content: bytes) -> None:
    value = json.loads(content)
    need(value["sku"] == SKU and isinstance(value["stock"], (int, float)), content)
    need(server.ask("GET", "/api/stock/SKU-9999")[0] == 404, "what is not there must be 404")


def _check_more(one: Contender, server: Server, made: Ask, content: bytes) -> None:
    _check_stock(one, server, made, content)
    need(json.loads(server.ask("GET", "/api/g777/SKU-0002")[1])["sku"] == "SKU-0002", "the other routes must be there")


def _check_cached(_one: Contender, server: Server, made: Ask, _content: bytes) -> None:
    for number in range(100):
        version = price(server, number)
        read = json.loads(server.ask("GET", made.path)[1])
        need(read["version"] == version and read["price"] == number, f"a stale read: {read} after version {version}")
    computed = json.loads(server.ask("GET", "/api/stats")[1])["computes"]
    for _ in range(5):
        server.ask("GET", made.path)
    need(json.loads(server.ask("GET", "/api/stats")[1])["computes"] == computed, "it is not cached")


def price(server: Server, value: int) -> int:
    """Change the price, and give its version."""
    answer = server.ask("POST", "/api/price", json.dumps({"sku": SKU, "price": value}), JSON)[1]
    return int(json.loads(answer)["version"])


def _check_form(_one: Contender, _server: Server, _made: Ask, content: bytes) -> None:
    text = content.decode()
    need(
        "1000" in text and text.count("<tr>") >= 20 and 'role="alert"' in text, "the page must come again, and say what is wrong"
    )


def _check_regions(_one: Contender, _server: Server, _made: Ask, content: bytes) -> None:
    text = content.decode()
    need("SKU-0001: " in text and "SKU-0002: " not in text, f"one region must be refreshed, and no other: {text}")


_CHECKS = {
    "W1": _check_action, "W2": _check_handler, "W3": _check_webhook, "W4": _check_stock, "W4k": _check_more, "W4x": _check_more,
    "W5": _check_cached, "W6": _check_form, "W7": _check_regions,
}  # fmt: skip
