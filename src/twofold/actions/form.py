"""A form for an action: everything a component needs to write it in any HTML, and what became of the last submission."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, Protocol

from markupsafe import Markup, escape

from twofold.actions.capability import FIELD, Capability, context_of
from twofold.actions.declarations import Concurrency
from twofold.actions.registry import without_action
from twofold.actions.submission import Submission
from twofold.boundary import Arguments, FieldSpec, Shape, dumps
from twofold.call import Call, current
from twofold.errors import ConfigurationError, Failure, ValidationFailed
from twofold.signing import KeyRing

FormState = Literal["new", "succeeded", "failed"]


class FormAction(Protocol):
    """What a form needs to know of its action."""

    id: str
    aliases: tuple[str, ...]
    arguments: Arguments
    result: Shape[Any] | None
    concurrency: Concurrency


class Displayed(Protocol):
    """HTML, as htpy and the template engines give it."""

    def __html__(self) -> str:
        """Give the HTML."""
        ...


class Attributes(dict[str, str | bool]):
    """HTML attributes: a mapping for htpy and the like, and ready text for templates (`<input {{ field.attrs }}>`)."""

    def __html__(self) -> str:
        return Markup(" ".join([_written(name, value) for name, value in self.items()]))  # noqa: S704 - each is escaped

    __str__ = __html__


def _written(name: str, value: str | bool) -> str:  # noqa: FBT001  it is an attribute's
    """Write one attribute. What is short is remembered: most are the same on every page."""
    return _short(name, value) if value is True or len(str(value)) < 64 else _short.__wrapped__(name, value)


@lru_cache(maxsize=1_024, typed=True)  # HTML equals the text that it is written with, and only one of them is escaped
def _short(name: str, value: str | bool) -> str:  # noqa: FBT001
    return str(escape(name)) if value is True else f'{escape(name)}="{escape(value)}"'


class Form:
    """One form of a page.

        f = reserve_stock.form(sku="A-1")
        form(f.attrs)[f.hidden, input(f.field("quantity").attrs), button["Reserve"]]

    Attributes:
        attrs: `method`, `action`, for uploads `enctype`, and what the browser runtime must know of the action.
        hidden: the hidden field with the sealed capability; must stand inside the form.
        state: "new", or how this form's last submission ended.
    """

    def __init__(self, action: FormAction, instance: str, bound: Mapping[str, Any]) -> None:
        call = current("form()")
        call.is_interactive = True
        self._action = action
        self._bound = _bound_tree(action, bound)
        ids = _form_ids(call, action, instance, self._bound)
        self._id = ids[0]
        self._submission = _submission_of(call, action, ids)
        self.attrs = _attributes(call, action)
        self.hidden = _hidden(call, action, self._id, self._bound)

    @property
    def state(self) -> FormState:
        """How the last submission of this form instance ended."""
        if self._submission is None:
            return "new"
        return "succeeded" if self._submission.failure is None else "failed"

    @property
    def error(self) -> Failure | None:
        """The failure of the last submission; its `message` belongs above the fields, in a `role="alert"`."""
        if self._submission is None or self._submission.failure is None:
            return None
        self._submission.is_shown = True
        return self._submission.failure

    @property
    def result(self) -> Any:
        """The result of the last submission, after a success; None otherwise."""
        if self._submission is None or self._submission.data is None or self._action.result is None:
            return None
        return self._action.result.validate_json(self._submission.data)

    def field(self, name: str, value: object = None) -> Field:
        """Give one field of the form.

        Args:
            name: a parameter of the action, or a value inside one (`address.zip`, `items.0.qty`).
            value: shown first; the parameter's default when left out. What the visitor sent wins after a failure.

        Raises:
            ConfigurationError: there is no such parameter, or the page has bound it.
        """
        if name.partition(".")[0] in self._bound:
            raise ConfigurationError(f"{self._action.id}: {name!r} is bound by the page, so the form has no field for it")
        try:
            spec = self._action.arguments.fields[name]
        except KeyError:
            known = ", ".join(self._action.arguments.fields) or "none"
            raise ConfigurationError(f"{self._action.id} has no field {name!r}; it has {known}") from None
        return Field(spec, self._id, value, self._submission)

    def optimistic(self, shown: Mapping[str, Displayed | str | None], /) -> Markup:
        """Say what the page shows from the submission until its answer is there; place it inside the form.

            f = reserve_stock.form(sku="A-1")
            f.optimistic({"count": p(id="count")["{quantity} reserved"], "hold-3": None})

        With JavaScript off it shows nothing.

        Args:
            shown: by the id of the element that it stands for: HTML, in whose text `{quantity}` is filled with what the
                visitor submits; None where the element disappears.

        Raises:
            ConfigurationError: a key is no id, or a value is no HTML.
        """
        return Markup("").join(_stand_in(self._action.id, element_id, html) for element_id, html in shown.items())


class Field:
    """One field of a form.

    Attributes:
        attrs: of the element: name, type, value, the limits of its type, and after a failure `aria-invalid` and
            `aria-describedby`. For a select or a textarea, `value` is not among them: see `values`.
        errors: messages of the last submission; show them in an element with the id `error_id`.
        options: the texts to choose from, for a select.
    """

    def __init__(self, spec: FieldSpec, form_id: str, value: object, submission: Submission | None) -> None:
        self.name = spec.name
        self.id = f"{form_id}-{spec.name}"
        self.error_id = f"{self.id}-error"
        self.options = spec.options
        self._spec = spec
        self._submission = submission
        self._value = spec.default if value is None else value

    @property
    def errors(self) -> tuple[str, ...]:
        """The messages for this field."""
        failure = self._submission.failure if self._submission else None
        if failure is None or self._submission is None:
            return ()
        self._submission.is_shown = True
        return tuple((failure.fields or {}).get(self.name, ()))

    @property
    def values(self) -> tuple[str, ...]:
        """The texts that the field shows: what the visitor sent, else the first value; never a secret's."""
        if self._spec.is_secret or self._spec.type == "file":
            return ()
        if self._submission is not None and self._submission.failure is not None:
            return tuple(self._submission.values.get(self.name, ()))
        return _as_texts(self._value)

    @property
    def value(self) -> str:
        """The first of `values`, or nothing."""
        return next(iter(self.values), "")

    @property
    def attrs(self) -> Attributes:
        """The attributes of the element."""
        attrs = Attributes(id=self.id, **self._spec.attrs)
        if self._spec.type == "checkbox":
            if self.value in ("on", "true", "1"):
                attrs["checked"] = True
        elif self.value and self._spec.type != "select":
            attrs["value"] = self.value
        if self.errors:
            attrs["aria-invalid"] = "true"
            attrs["aria-describedby"] = self.error_id
        return attrs


def _bound_tree(action: FormAction, bound: Mapping[str, Any]) -> dict[str, Any]:
    if not bound:
        return {}
    try:
        return action.arguments.partial_tree(bound)
    except ValidationFailed as error:
        raise ConfigurationError(f"{action.id}.form(): {error} {dict(error.fields or {})}") from error


def _form_ids(call: Call, action: FormAction, instance: str, bound: Mapping[str, Any]) -> list[str]:
    """Give the ids of a form instance: the one it has, then those that it had under former secrets and names."""
    # Keyed, because bound values can be few enough to be guessed from a plain hash.
    names = [dumps([action_id, instance, bound]) for action_id in (action.id, *action.aliases)]
    return ["f-" + digest[:12] for name in names for digest in _digests(call.setup.keys, name)]


@lru_cache(maxsize=1_024)
def _digests(keys: KeyRing, name: bytes) -> list[str]:
    return keys.digests("form-id", name)


def _submission_of(call: Call, action: FormAction, ids: list[str]) -> Submission | None:
    submission: Submission | None = call.submission
    if submission is None or submission.action_id != action.id or submission.instance not in ids:
        return None
    return submission


def _attributes(call: Call, action: FormAction) -> Attributes:
    query = without_action(call.query)
    attrs = Attributes(method="post", action=f"?{query}&/{action.id}" if query else f"?/{action.id}")
    if action.arguments.file_names:
        attrs["enctype"] = "multipart/form-data"
    if action.concurrency != "serial":
        attrs["data-tf-concurrency"] = action.concurrency
    return attrs


def _stand_in(action_id: str, element_id: str, html: Displayed | str | None) -> Markup:
    if not isinstance(element_id, str) or not element_id or any(one.isspace() for one in element_id):
        raise ConfigurationError(f"{action_id}: optimistic() is keyed by ids of elements, and {element_id!r} is none")
    if html is not None and not isinstance(html, str) and not hasattr(html, "__html__"):
        raise ConfigurationError(f"{action_id}: optimistic() takes HTML for {element_id!r}, not {type(html).__name__}")
    inner = Markup("") if html is None else escape(html)
    return Markup('<template data-tf-optimistic="{}">{}</template>').format(element_id, inner)


def _hidden(call: Call, action: FormAction, form_id: str, bound: Mapping[str, Any]) -> Markup:
    setup = call.setup
    capability = Capability(bound=bound, schema=action.arguments.schema_hash, instance=form_id, session=call.session.identity)
    expires_at = int(setup.clock()) + setup.settings.form_max_age_seconds
    token = capability.seal(setup.keys, context_of(action.id, call.pattern), expires_at)
    return Markup(f'<input type="hidden" name="{FIELD}" value="{token}">')  # noqa: S704  # twofold: ignore[TW018] base64


def _as_texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(text for one in value for text in _as_texts(one))
    if isinstance(value, bool):
        return ("true",) if value else ()
    return (str(value),)
