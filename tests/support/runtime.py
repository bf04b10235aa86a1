"""A browser tab with JavaScript on, on the level of requests: it says what it shows, and does what frames say."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

import httpx2

from support.action_app import SAME_ORIGIN, target, token
from twofold import App
from twofold.testing import Client

MEDIA = "application/vnd.twofold.frames"
DESCRIPTOR = re.compile(r' data-tf-region="([^"]+)"')
KEEP = re.compile(r'<template data-tf-keep="([^"]+)"></template>')
META = re.compile(r'<meta name="twofold" content="([^"]*)">')


@dataclass(frozen=True)
class Answer:
    """The answer to the runtime."""

    response: httpx2.Response

    @property
    def frames(self) -> list[dict[str, Any]]:
        assert self.response.headers["content-type"] == MEDIA, self.response.text
        return [json.loads(line) for line in self.response.text.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.frames[0]

    def all(self, name: str) -> list[Any]:
        """The values of a member, of every frame that has it."""
        return [frame[name] for frame in self.frames if name in frame]

    @property
    def patches(self) -> dict[str, str]:
        return {frame["region"]: frame["html"] for frame in self.frames if "region" in frame}


class Screen:
    """What one tab shows. All its regions are `<section>`s."""

    def __init__(self, app: App, client: httpx2.AsyncClient | Client | None = None) -> None:
        transport = httpx2.ASGITransport(app=app)
        self.client = client or httpx2.AsyncClient(transport=transport, base_url="https://shop.example", headers=SAME_ORIGIN)
        self.url = ""
        self.html = ""

    async def open(self, url: str) -> Screen:
        self.url = url
        self.html = (await self.client.get(url)).text
        return self

    @property
    def descriptors(self) -> list[str]:
        """What the page ships, its own first."""
        return [html.unescape(one) for one in (*META.findall(self.html), *DESCRIPTOR.findall(self.html))]

    @property
    def keys(self) -> list[str]:
        return [read(one)["k"] for one in self.descriptors]

    @property
    def text(self) -> str:
        """The page without what differs from one rendering to the next."""
        shown = re.sub(r'(name="_tf" value|content|data-tf-region)="[^"]*"', r'\1=""', self.html)
        return re.sub(r"<(output|strong)[^>]*>.*?</\1>", "", shown)

    def key_of(self, text: str) -> str:
        """The key of the region that shows a text."""
        return next(key for key in self.keys if key != "page" and text in self.region(key))

    def region(self, key: str) -> str:
        start, end = span(self.html, key)
        return self.html[start:end]

    async def submit(self, index: int = 0, *, region: str = "page", key: str | None = None, **fields: str) -> Answer:
        """Submit a form of the page, and give the answer without doing what it says."""
        sent = {
            "_tf": token(self.html, index),
            **fields,
            "_tf_have": json.dumps(self.descriptors),
            "_tf_from": region,
        }
        url = self.url.partition("?")[0] + target(self.html, index)
        headers = {"Twofold-Call": key or secrets.token_urlsafe(16), "Accept": MEDIA}
        return Answer(await self.client.post(url, data=sent, headers=headers))

    async def pull(self, *keys: str, have: list[str] | None = None, **headers: str) -> Answer:
        sent = {"Twofold-Pull": ",".join(keys) or "1", "Content-Type": "application/json", **headers}
        body = json.dumps(self.descriptors if have is None else have)
        return Answer(await self.client.post(self.url, content=body, headers=sent))

    def apply(self, answer: Answer) -> None:
        """Do what the frames say."""
        for frame in answer.frames:
            if frame.get("region") == "page":
                mine, next_one = (read(html.unescape(META.findall(one)[0])) for one in (self.html, frame["html"]))
                if not is_older(next_one["s"], mine["s"]):
                    self.html = self._completed(frame["html"])
            elif "region" in frame and frame["region"] in self.keys:
                start, end = span(self.html, frame["region"])
                if not is_older(frame["sequence"], read(DESCRIPTOR.findall(self.html[start:end])[0])["s"]):
                    self.html = self.html[:start] + self._completed(frame["html"], frame["region"]) + self.html[end:]

    def _completed(self, new: str, own: str = "") -> str:
        """Put in what the server has left out, and what is newer here."""
        while found := KEEP.search(new):
            new = new[: found.start()] + self.region(found[1]) + new[found.end() :]
        for text in DESCRIPTOR.findall(new):
            theirs = read(text)
            if theirs["k"] != own and theirs["k"] in self.keys:
                mine = self.region(theirs["k"])
                if is_older(theirs["s"], read(DESCRIPTOR.findall(mine)[0])["s"]):
                    start, end = span(new, theirs["k"])
                    new = new[:start] + mine + new[end:]
        return new


def read(descriptor: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(descriptor.partition(".")[0]))
    return found


def is_older(one: str, other: str) -> bool:
    (epoch, number), (other_epoch, other_number) = (text.split("-") for text in (one, other))
    return epoch == other_epoch and int(number) < int(other_number)


def span(page: str, key: str) -> tuple[int, int]:
    """Where the region's element begins and ends."""
    found = next(one for one in DESCRIPTOR.finditer(page) if read(one[1])["k"] == key)
    start = page.rindex("<section", 0, found.start() + 1)
    depth = 0
    for tag in re.compile(r"<(/?)section\b").finditer(page, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return start, page.index(">", tag.start()) + 1
    raise LookupError(key)
