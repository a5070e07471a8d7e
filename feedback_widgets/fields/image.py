"""A picture."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields.base import Field

MOST_BYTES = 4 * 1024**2  # of a picture that travels inside the record: twenty records are fetched ahead
DATA = re.compile(
    r"data:image/(png|jpeg|gif|webp|avif|bmp|svg\+xml)(?:;charset=[\w-]+)?;base64,(.*)", re.DOTALL
)
BEGINNINGS = (  # what files of each kind begin with, and what browsers call it
    (re.compile(rb"\x89PNG\r\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"GIF8"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "avif"),
    (re.compile(rb"BM"), "bmp"),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg[\s>]", re.DOTALL), "svg+xml"),
)
REMEDY = "give an address (https://…), a path, bytes or a PIL picture"


class ImageField(Field):
    """A picture: an address, a path, bytes or a PIL picture.

    An address is stored as it is, and the annotator's browser fetches it; anything else is stored inside the record, as a
    data URL of up to 4 MiB. `{"url": picture, "alt": text}` adds a description for those who cannot see the picture.

    >>> ImageField(name="photo").check("https://example.org/cat.jpg")
    'https://example.org/cat.jpg'
    """

    type: ClassVar[str] = "image"
    converts: ClassVar[bool] = True

    def read(self, value: Any) -> str | dict[str, str]:
        """Return the address or data URL, or `{"url", "alt"}` where a description was given."""
        if isinstance(value, Mapping) and "url" in value:
            strange = [each for each in value if each not in ("url", "alt")]
            if strange or not isinstance(value.get("alt", ""), str):
                raise self.refuse("{'url': picture, 'alt': text}", value, REMEDY)
            url = picture_address(self, value["url"])
            return {"url": url, "alt": value["alt"]} if value.get("alt") else url
        return picture_address(self, value)


def picture_address(field: Field, value: Any) -> str:
    """Return where a browser finds the picture: an http(s) address, or a data URL made of what was given.

    Raises:
        InvalidInput: it is no picture, cannot be read, or is larger than 4 MiB.
    """
    if isinstance(value, Mapping) and (value.get("bytes") or value.get("path")):
        value = value.get("bytes") or Path(
            value["path"]
        )  # as `datasets` hands out pictures that it has not decoded
    if isinstance(value, str):
        return _from_text(field, value)
    if isinstance(value, Path):
        return _inside(field, _file(field, value))
    if isinstance(value, bytes | bytearray | memoryview):
        return _inside(field, bytes(value))
    if any(each.__module__.startswith("PIL.") for each in type(value).__mro__):
        return _inside(field, _drawn(value))
    raise field.refuse("a picture", value, REMEDY)


def _from_text(field: Field, text: str) -> str:
    if text[:5].lower() == "data:":
        found = DATA.fullmatch(text)
        if found is None:
            raise field.refuse(
                "a picture",
                text,
                "a data URL must read data:image/png;base64,… (or jpeg, gif, webp, avif, bmp, svg+xml);",
            )
        try:
            raw = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            raise field.refuse(
                "a picture", text, "its base64 cannot be read; give the bytes themselves"
            ) from None
        _fits(field, len(raw))
        return text
    if re.match(r"[a-z][a-z0-9+.-]+:", text, re.IGNORECASE) and not re.match(
        r"[a-z]:[\\/]", text, re.IGNORECASE
    ):
        if _is_web_address(text):
            return text
        raise field.refuse("a picture", text, "an address begins with https:// or http:// and has no blanks;")
    return _inside(field, _file(field, Path(text)))


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it raises where it is no number
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not re.search(r"[\s\x00-\x1f<>\"\\]", text)
    )


def _file(field: Field, path: Path) -> bytes:
    try:
        if path.is_file():
            _fits(field, path.stat().st_size)
            return path.read_bytes()
    except (OSError, ValueError) as error:
        raise field.refuse("a picture", str(path), f"the file cannot be read ({error});") from None
    raise field.refuse("a picture", str(path), f"no such file is there; {REMEDY}")


def _drawn(picture: Any) -> bytes:
    """Return a PIL picture as a file: JPEG where it was one, else PNG, which loses nothing."""
    kind = "JPEG" if getattr(picture, "format", None) == "JPEG" and picture.mode in ("RGB", "L") else "PNG"
    if kind == "PNG" and picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"):
        picture = picture.convert("RGB")
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _inside(field: Field, raw: bytes) -> str:
    _fits(field, len(raw))
    kind = next((name for start, name in BEGINNINGS if start.match(raw)), None)
    if kind is None:
        raise field.refuse(
            "a picture", raw[:24], "these bytes begin like no PNG, JPEG, GIF, WebP, AVIF, BMP or SVG;"
        )
    return f"data:image/{kind};base64,{base64.b64encode(raw).decode()}"


def _fits(field: Field, size: int) -> None:
    if size > MOST_BYTES:
        raise InvalidInput(
            f"the picture in field {field.name!r} has {size / 1024**2:.1f} MiB, at most {MOST_BYTES // 1024**2} MiB travel inside a "
            "record: make it smaller (picture.thumbnail((1600, 1600))), or give its address (https://…)"
        )
