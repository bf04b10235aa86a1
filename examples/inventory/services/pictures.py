"""Pictures of products: files in one folder, named after what they show and what is in them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

EXTENSIONS: Mapping[str, str] = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
"""What may be uploaded. No SVG: it can hold scripts."""


class Pictures:
    """The uploaded pictures.

    Args:
        folder: made with the first picture.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def name_of(self, sku: str) -> str | None:
        """Give the file name of a product's picture; None where nobody has uploaded one."""
        return next((file.name for file in self._folder.glob(f"{sku}.*") if file.stem.count(".") == 1), None)

    def path_of(self, name: str) -> Path | None:
        """Give the file of a name; None where there is none."""
        return next((file for file in self._folder.glob("*") if file.name == name), None)

    def keep(self, sku: str, content: BinaryIO, kind: str) -> str:
        """Keep a picture instead of the one before. Its name changes with its content, so that no browser keeps an old one.

        Args:
            kind: a media type of `EXTENSIONS`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(content.read()).hexdigest()
        content.seek(0)
        name = f"{sku}.{digest[:12]}{EXTENSIONS[kind]}"
        unfinished = self._folder / f".{name}"
        with unfinished.open("wb") as file:
            shutil.copyfileobj(content, file)
        for other in self._folder.glob(f"{sku}.*"):
            other.unlink()
        unfinished.rename(self._folder / name)
        return name
