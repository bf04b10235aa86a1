"""Translate a pattern for HTML, or decline: the browser must never refuse what the server takes.

The server searches (Rust `regex`, Unicode classes); HTML matches the whole value with ECMAScript's `v` flag.
Source: https://html.spec.whatwg.org/#the-pattern-attribute, ECMA-262 ClassSetCharacter.
"""

from __future__ import annotations

import re

# Outside a class only these escapes are legal under the `v` flag; others are plain characters in Rust.
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_RESERVED_IN_CLASS = frozenset("()[]{}/-\\|")
_PLAIN = re.compile(r"[A-Za-z0-9 _@:#%&=!~,;'\"<>-]")
_QUANTIFIER = re.compile(r"[*+?]\??|\{[0-9]+(?:,[0-9]*)?\}\??")
_GROUP = re.compile(r"\((?:\?:)?(?!\?)")
_CLASS = re.compile(r"\[(\^?)((?:[A-Za-z0-9 _.,:;@#%&=!~*+$'\"<>?-]|\\[-\\.\[\]()/{}|^$+*?d])+)\]")
_CLASS_TOKEN = re.compile(r"\\.|.", re.DOTALL)


def html_pattern(pattern: str) -> str | None:
    r"""Give the pattern for the HTML attribute, or None where the same meaning is not certain.

    Only patterns anchored on both sides qualify; `\d` becomes `\p{Nd}`, because the server's includes all digits.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")) or pattern.endswith("\\$"):
        return None
    body = pattern[1:-1]
    parts: list[str] = []
    position = depth = 0
    while position < len(body):
        piece, position, change = _translated(body, position)
        depth += change
        if piece is None or depth < 0 or (piece == "|" and depth == 0):
            return None
        parts.append(piece)
    return "".join(parts) if depth == 0 else None


def _translated(body: str, at: int) -> tuple[str | None, int, int]:
    """Give the translation of the token at a position, the next position, and the change of group depth."""
    character = body[at]
    if character == "\\":
        return _escape(body[at + 1 : at + 2]), at + 2, 0
    if character == ".":
        return r"[^\n]", at + 1, 0
    if character in ")|":
        return character, at + 1, -1 if character == ")" else 0
    for form, change in ((_PLAIN, 0), (_QUANTIFIER, 0), (_GROUP, 1)):
        if found := form.match(body, at):
            return found.group(), found.end(), change
    found = _CLASS.match(body, at)
    return (_class(found), found.end(), 0) if found else (None, at + 1, 0)


def _escape(escaped: str) -> str | None:
    if escaped == "d":
        return r"\p{Nd}"
    if escaped in _SYNTAX and escaped:
        return f"\\{escaped}"
    return escaped if escaped in ("-", "@", ":", " ", "_", ",") else None


def _class(found: re.Match[str]) -> str | None:
    """Translate a character class: the `v` flag wants its punctuation escaped, and reserves doubled punctuation."""
    members = _CLASS_TOKEN.findall(found.group(2))
    out = [_class_member(member, is_edge=index in (0, len(members) - 1)) for index, member in enumerate(members)]
    text = "".join(out)
    if re.search(r"([&!#$%*+,.:;<=>?@^`~])\1", text) or "--" in found.group(2):
        return None
    return f"[{found.group(1)}{text}]"


def _class_member(member: str, *, is_edge: bool) -> str:
    if member == r"\d":
        return r"\p{Nd}"
    if member == "-":
        return r"\-" if is_edge else "-"
    character = member[-1]
    if member.startswith("\\") and character in "^$.+*?":
        return f"\\{character}"
    return f"\\{character}" if character in _RESERVED_IN_CLASS else character
