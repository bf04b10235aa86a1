"""The wall as visitors and programs meet it. Forms are sent as a browser without JavaScript sends them."""

from __future__ import annotations

import pytest
from twofold import ValidationFailed
from twofold.testing import Client, Page

from actions.notes import leave_note
from services import notes


async def test_a_note_is_on_the_wall_for_everybody(client: Client, page: Page) -> None:
    assert page.text_of("wall") == "Nothing yet."
    after = await client.submit(page.form(leave_note), name="Ada", text="Hello, world")
    assert "Thank you" in after.text
    assert "Hello, world" in (await client.visitor().page("/")).text_of("wall")


async def test_a_double_click_leaves_one_note(client: Client, page: Page) -> None:
    form = page.form(leave_note)
    await client.submit(form, name="Ada", text="Hello")
    await client.submit(form, name="Ada", text="Hello")
    assert len(await notes.newest()) == 1


async def test_the_same_words_again_are_refused_and_the_input_is_kept(client: Client, page: Page) -> None:
    await leave_note("Ada", "Hello")
    refused = await client.submit(page.form(leave_note), name="Ada", text="Hello")
    assert (refused.status, refused.alerts) == (409, ("That is on the wall already",))
    assert refused.form(leave_note)["text"].value == "Hello"


async def test_an_empty_note_is_refused_beside_its_field(client: Client, page: Page) -> None:
    refused = await client.submit(page.form(leave_note), name="Ada", text="")
    assert (refused.status, list(refused.form(leave_note).errors)) == (422, ["text"])


async def test_programs_read_the_wall(client: Client) -> None:
    written = await notes.write("Ada", "Hello")
    assert (await client.get("/api/notes")).json() == [
        {"name": "Ada", "text": "Hello", "written_at": written.written_at.isoformat().replace("+00:00", "Z")}
    ]


async def test_an_action_is_a_function_with_the_same_rules(client: Client) -> None:
    assert (await leave_note("Ada", "Hello")).text == "Hello"
    with pytest.raises(ValidationFailed):
        await leave_note("Ada", "Hello" * 100)
