"""Names of Python become names of TypeScript by rule."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from twofold.client import names
from twofold.errors import ConfigurationError


@pytest.mark.parametrize(
    ("python", "typescript"),
    [
        ("reserve_stock", "reserveStock"), ("reserve", "reserve"), ("reserveStock", "reserveStock"), ("GET", "GET"),
        ("HTTP_get", "HTTPGet"), ("_hidden", "hidden"), ("__dunder__", "dunder"), ("a__b", "aB"), ("v2_api", "v2Api"),
        ("Orders.place_order", "OrdersPlaceOrder"), ("make.inner", "makeInner"), ("_", "_"), ("__", "_"), ("_1st", "_1st"),
        ("größe_in_m", "größeInM"), ("π", "π"), ("名前_を", "名前を"), ("ﬁne", "ﬁne"),
    ],
)  # fmt: skip
def test_functions_are_camel_cased(python: str, typescript: str) -> None:
    assert names.function_name(python) == typescript


@pytest.mark.parametrize("word", sorted(names.RESERVED))
def test_no_export_has_a_reserved_name(word: str) -> None:
    assert names.function_name(word) == word + "_"
    assert names.type_name(word) == word + "_"


@pytest.mark.parametrize(
    ("definition", "typescript"),
    [
        ("Reservation", "Reservation"), ("Card-Input", "CardInput"), ("Card-Output", "Card"), ("Page_Item_", "Page_Item"),
        ("Page_Item_-Input", "Page_ItemInput"), ("app__models__Card", "app__models__Card"), ("Date", "Date_"), ("Set", "Set_"),
        ("3D", "_3D"), ("a.b", "a_b"), ("dict[str, int]", "dict_str_int"), ("Größe", "Größe"), ("__", "_"),
    ],
)  # fmt: skip
def test_types_keep_their_names(definition: str, typescript: str) -> None:
    assert names.type_name(definition) == typescript


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("sku", "sku"), ("class", "class"), ("zip-code", '"zip-code"'), ("", '""'), ("1a", '"1a"'), ("größe", '"größe"'),
        ('say "hi"', '"say \\"hi\\""'), ("__proto__", '["__proto__"]'), ("constructor", "constructor"), ("a\nb", '"a\\nb"'),
    ],
)  # fmt: skip
def test_keys_are_quoted_where_they_must_be(name: str, written: str) -> None:
    assert names.key(name) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", '"plain"'), ("back\\slash", '"back\\\\slash"'), ("\u2028\u2029", '"\\u2028\\u2029"'),
        ("\x00\x7f", '"\\u0000\\u007f"'),
        ("\ud800", '"\\ud800"'), ("</script>", '"</script>"'), ("`${x}`", '"`${x}`"'),
    ],
)  # fmt: skip
def test_texts_cannot_end_early(value: str, written: str) -> None:
    assert names.text(value) == written


@pytest.mark.parametrize(
    ("module", "root", "path", "runtime"),
    [
        ("actions.inventory", "actions", "inventory.ts", "./_runtime.js"),
        ("actions", "actions", "actions.ts", "./_runtime.js"),
        ("app.site.actions", "actions", "app/site/actions.ts", "../../_runtime.js"),
        ("app.api.stock._sku_.route", "client", "app/api/stock/_sku_/route.ts", "../../../../_runtime.js"),
    ],
)
def test_modules_keep_their_paths_below_the_folder(module: str, root: str, path: str, runtime: str) -> None:
    found = names.module_path(module, root)

    assert str(found) == path
    assert names.runtime_import(found, "runtime") == runtime


def test_a_module_cannot_take_the_place_of_the_runtime() -> None:
    with pytest.raises(ConfigurationError, match="rename it"):
        names.module_path("_runtime", "actions")
    assert names.module_path("shop._runtime", "actions") == PurePosixPath("shop/_runtime.ts")


@pytest.mark.parametrize(
    ("prose", "lines"),
    [
        ("", []),
        ("  \n ", []),
        ("Hold stock.", ["/** Hold stock. */"]),
        ("End */ early", ["/** End *\\/ early */"]),
        ("Two\n\nlines", ["/**", " * Two", " *", " * lines", " */"]),
    ],
)
def test_comments_cannot_end_early(prose: str, lines: list[str]) -> None:
    assert names.comment(prose) == lines
