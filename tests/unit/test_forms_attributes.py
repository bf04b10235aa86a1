"""Attributes as text: each value is escaped unless it is HTML, whatever was written before."""

from __future__ import annotations

from markupsafe import Markup

from twofold.actions.form import Attributes


def test_attributes_are_written_escaped_and_true_ones_without_a_value() -> None:
    attrs = Attributes(name='a"b', required=True, value="<1> & 'x'")
    assert attrs.__html__() == 'name="a&#34;b" required value="&lt;1&gt; &amp; &#39;x&#39;"'
    assert str(attrs) == attrs.__html__()


def test_what_was_html_once_is_escaped_where_it_is_text() -> None:
    assert Attributes(title=Markup("<b>")).__html__() == 'title="<b>"'
    assert Attributes(title="<b>").__html__() == 'title="&lt;b&gt;"'
    assert Attributes(title=Markup("<b>")).__html__() == 'title="<b>"'


def test_a_long_value_is_written_as_a_short_one_is() -> None:
    assert Attributes(value="<" * 100).__html__() == f'value="{"&lt;" * 100}"'
