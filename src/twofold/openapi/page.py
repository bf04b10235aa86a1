"""The document as a page: rendered here, without scripts, and readable on a telephone."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from twofold.boundary.schemas import Schemas
from twofold.media import JSON, MULTIPART, PROBLEM, URLENCODED
from twofold.openapi.curl import curl_of
from twofold.openapi.samples import sample_of
from twofold.openapi.schemas import PREFIX, Json
from twofold.openapi.shown import field, fields_of, inline, joined, model_name, prose, type_of

BASE = "https://base.invalid"
"""Stands for the URL of the app in a page that is rendered once for all of them."""

STYLE = (files("twofold.openapi") / "page.css").read_text(encoding="utf-8")
_STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's own Content-Security-Policy: its one style sheet, its icon, and nothing else."""

_ICON = Markup(
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%230b6e5f'/%3E"
    "%3Cpath d='M5 4 2.5 8 5 12M11 4l2.5 4L11 12' fill='none' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E"
)
_PLACES = (("path", "In the path"), ("query", "In the query"), ("header", "Headers"), ("cookie", "Cookies"))

_PAGE = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title} {version}</title>
<link rel="icon" href="{icon}"><style>{style}</style></head>
<body><a class="skip" href="#main">Skip to the operations</a>
<header class="top"><div><h1>{title} <span class="version">{version}</span></h1>{description}</div>
<p class="facts"><code class="base">{base}</code> <a href="{source}">OpenAPI document</a></p></header>
<div class="frame"><nav aria-label="Operations"><ul>{index}</ul></nav>
<main id="main">{groups}{models}</main></div></body></html>
""")


def render(document: Mapping[str, Any], source: str) -> str:
    """Give the page, with `BASE` in place of the app's URL.

    Args:
        source: path of the document as JSON.
    """
    reading = Schemas({"$defs": document["components"].get("schemas", {})})
    groups = [(tag["name"], list(_operations_of(document, tag["name"]))) for tag in document["tags"]]
    info = document["info"]
    page = _PAGE.format(
        title=info["title"],
        version=info["version"],
        icon=_ICON,
        style=Markup(STYLE),  # noqa: S704  ours
        description=prose(info.get("description")),
        base=BASE,
        source=BASE + source,
        index=joined(_index(name, operations) for name, operations in groups),
        groups=joined(_group(name, operations, document, reading) for name, operations in groups),
        models=_models(reading),
    )
    return str(page)  # plain text: `Markup` would escape what replaces `BASE`


def _operations_of(document: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Json]]:
    for template, path in document["paths"].items():
        for method, operation in path.items():
            if tag in operation["tags"]:
                yield method.upper(), template, operation


def _index(tag: str, operations: Sequence[tuple[str, str, Json]]) -> Markup:
    rows = joined(
        Markup('<li><a href="#{}">{} <span>{}</span></a></li>').format(
            one["operationId"], _verb(method), inline(one.get("summary") or template)
        )
        for method, template, one in operations
    )
    return Markup('<li><a class=tag href="#tag-{}">{}</a><ul>{}</ul></li>').format(tag, tag, rows)


def _group(tag: str, operations: Sequence[tuple[str, str, Json]], document: Mapping[str, Any], reading: Schemas) -> Markup:
    shown = joined(_operation(*one, document, reading) for one in operations)
    return Markup('<section class=group aria-labelledby="tag-{0}"><h2 id="tag-{0}">{0}</h2>{1}</section>').format(tag, shown)


def _verb(method: str) -> Markup:
    return Markup('<b class="verb {}">{}</b>').format(method.lower(), method)


def _operation(method: str, template: str, one: Json, document: Mapping[str, Any], reading: Schemas) -> Markup:
    components = document["components"]
    answers = [(status, _resolved(answer, components)) for status, answer in one["responses"].items()]
    curl = curl_of(method, BASE, template, one, components.get("securitySchemes", {}), reading)
    return Markup(
        '<article id="{id}" aria-labelledby="{id}-title"><div class=about><h3 id="{id}-title">{summary}</h3>'
        "<p class=route>{verb} <code>{path}</code></p>{prose}{access}{parameters}{body}{answers}</div>"
        "<div class=samples>{request}{sample}</div></article>"
    ).format(
        id=one["operationId"],
        verb=_verb(method),
        path=_path(template),
        summary=inline(one.get("summary") or template),
        prose=prose(one.get("description")),
        access=_access(one, components.get("securitySchemes", {})),
        parameters=joined(_parameters(one, place, title, reading) for place, title in _PLACES),
        body=_body(one.get("requestBody"), reading),
        answers=_answers(answers, reading),
        request=_figure("Request", curl),
        sample=_sample(answers, reading),
    )


def _path(template: str) -> Markup:
    parts = template.replace("{", "\0{").replace("}", "}\0").split("\0")
    return joined(Markup("<b>{}</b>").format(one) if one.startswith("{") else escape(one) for one in parts)


def _access(operation: Json, schemes: Json) -> Markup:
    alternatives = operation.get("security", ())
    rows = joined(
        Markup("<li><p class=head><code>{}</code> {}</p>{}</li>").format(
            schemes[name]["name"],
            Markup("<span class=need>required</span>") if all(name in one for one in alternatives) else "",
            prose(schemes[name]["description"]),
        )
        for name in dict.fromkeys(name for one in alternatives for name in one)
    )
    return _block("Who may call", Markup("<ul class=fields>{}</ul>").format(rows)) if rows else Markup("")


def _parameters(operation: Json, place: str, title: str, reading: Schemas) -> Markup:
    found = [one for one in operation.get("parameters", ()) if one["in"] == place]
    rows = joined(
        field(
            one["name"],
            {**one["schema"], **({"description": one["description"]} if "description" in one else {})},
            reading,
            is_required=one.get("required", False),
        )
        for one in found
    )
    return _block(title, Markup("<ul class=fields>{}</ul>").format(rows)) if found else Markup("")


def _block(title: str, content: Markup) -> Markup:
    return Markup("<section><h4>{}</h4>{}</section>").format(title, content)


def _body(body: Json | None, reading: Schemas) -> Markup:
    if body is None:
        return Markup("")
    content = body["content"]
    media = JSON if JSON in content else next(iter(content))
    schema = content[media].get("schema", {})
    inside = fields_of(schema, reading) or Markup("<p class=limits>{}</p>").format(_whole(media, schema, reading))
    also = " It may be sent as a form, too." if media == JSON and {URLENCODED, MULTIPART} & content.keys() else ""
    head = Markup("<p class=limits><code>{}</code>{}{}</p>").format(
        media, "" if body.get("required") else ", may be left out.", also
    )
    return _block("Body", head + inside)


def _whole(media: str, schema: Json, reading: Schemas) -> Markup:
    return Markup("Bytes of any type.") if media == "*/*" else type_of(schema, reading)


def _answers(answers: Sequence[tuple[str, Json]], reading: Schemas) -> Markup:
    good = [one for one in answers if not _is_error(*one)]
    errors = [one for one in answers if _is_error(*one)]
    rows = joined(_answer(*one, reading) for one in good)
    if errors:
        chips = joined(Markup('<b class="status bad">{}</b>').format(_shown_status(status)) for status, _ in errors)
        listed = joined(_answer(*one, reading) for one in errors)
        rows += Markup(
            "<li><details><summary class=errors><span>Errors</span> {}</summary><ul class=answers>{}</ul></details></li>"
        ).format(chips, listed)
    return _block("Answers", Markup("<ul class=answers>{}</ul>").format(rows))


def _is_error(status: str, answer: Json) -> bool:
    return status[0] in "45" or (status == "default" and PROBLEM in answer.get("content", {}))


def _shown_status(status: str) -> str:
    return "other" if status == "default" else status


def _answer(status: str, answer: Json, reading: Schemas) -> Markup:
    is_error = _is_error(status, answer)
    kind = "bad" if is_error else {"2": "good", "3": "moved"}.get(status[0], "other")
    contents: Json = answer.get("content", {})
    media = next(iter(contents), None)
    schema: Json = {} if media is None else contents[media].get("x-item-schema") or contents[media].get("schema", {})
    head = Markup('<b class="status {}">{}</b><span>{} <span class=type>{}</span></span>').format(
        kind, _shown_status(status), answer["description"], _content(media, schema, reading)
    )
    # What an error looks like would be said by every operation; its name leads there.
    inside = Markup("") if is_error else fields_of(schema, reading, is_answer=True)
    if not inside:
        return Markup("<li><p class=answer>{}</p></li>").format(head)
    return Markup("<li><details><summary class=answer>{}</summary>{}</details></li>").format(head, inside)


def _content(media: str | None, schema: Json, reading: Schemas) -> Markup:
    if media is None or media == JSON:
        return type_of(schema, reading) if schema else Markup("")
    what = type_of(schema, reading) if schema and schema.get("type") != "string" else Markup("")
    return Markup("<code>{}</code> {}").format(media, what)


def _resolved(answer: Json, components: Json) -> Json:
    reference = answer.get("$ref")
    found: Json = answer if reference is None else components["responses"][reference.rpartition("/")[2]]
    return found


def _sample(answers: Sequence[tuple[str, Json]], reading: Schemas) -> Markup:
    for status, answer in answers:
        content = answer.get("content", {}).get(JSON)
        if status.startswith("2") and content is not None and "schema" in content:
            value = json.dumps(sample_of(content["schema"], reading), indent=2, ensure_ascii=False)
            return _figure(f"Answer {status}", value)
    return Markup("")


def _figure(title: str, text: str) -> Markup:
    # Focusable, because what scrolls has to scroll from a keyboard.
    return Markup("<figure><figcaption>{}</figcaption><pre tabindex=0>{}</pre></figure>").format(title, text)


def _models(reading: Schemas) -> Markup:
    models: Mapping[str, Json] = reading.root["$defs"]
    shown = joined(_model(name, model, reading) for name, model in models.items())
    return Markup("<section class=group aria-labelledby=models><h2 id=models>Models</h2>{}</section>").format(shown)


def _model(name: str, model: Json, reading: Schemas) -> Markup:
    # The id is inside, so that a link to it opens what holds it.
    inside = fields_of(model, reading, frozenset({PREFIX + name})) or Markup("<p>{}</p>").format(type_of(model, reading))
    which = {"Input": ", as it is taken", "Output": ", as it is given"}.get(name.rpartition("-")[2], "")
    return Markup('<details class=model><summary><code>{}</code>{}</summary><div id="model-{}">{}{}</div></details>').format(
        model_name(name, reading), which, name, prose(model.get("description")), inside
    )
