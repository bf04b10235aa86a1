from __future__ import annotations

from starlette.responses import FileResponse

from composition import shop
from twofold import NotFound, Response

FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


async def GET(name: str) -> Response:
    """Give an uploaded picture. Another picture has another name."""
    path = shop().pictures.path_of(name)
    if path is None:
        raise NotFound
    return FileResponse(path, headers=FOR_GOOD)
