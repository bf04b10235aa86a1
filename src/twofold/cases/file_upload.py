"""A visitor uploads a file in your form.

model: server action
why: A file is a parameter like any other. Its size and type are checked beside its field, before the rest has arrived, and
    the browser shows progress.
cost: The file is streamed to the disk; a process of 64 MB takes 200 MB.
"""

from typing import Annotated

from twofold import FileLimits, UploadFile, action

PICTURES = ("image/png", "image/jpeg")


@action
async def change_picture(image: Annotated[UploadFile, FileLimits(2_000_000, accept=PICTURES)]) -> int:
    """Take a picture."""
    return len(await image.read())
