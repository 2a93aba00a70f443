"""Ad images: uploaded as files or as base64, known by the hash of their content (Meta: "Ad Image").

The same bytes are the same image: uploading them again answers the same hash and makes nothing new.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.errors import GraphError, bad_param, known
from simulator.graph_api.params import names
from simulator.graph_api.record_calls import (
    HOSTED,
    account_number,
    created_time,
    listed,
    mapping,
    merge,
    missing,
    name_of,
    read,
    seen,
    told,
    updated_time,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.uploads import Picture, decoded, picture, uploaded

KIND = "image"
LARGEST = 30 * 10**6
"""Bytes (Meta: "Image specifications": 30 MB)."""
KNOWN = words(
    """
    account_id bytes copy_from created_time creatives filename hash height id is_associated_creatives_in_adgroups
    name original_height original_width owner_business permalink_url status updated_time url url_128 width
    """
)
ANSWERED = ("hash", "url", "url_128", "name", "height", "width")


def _create(call: Call) -> Any:
    wanted = dict(_files(call))
    if not wanted:
        raise missing("filename")
    checked = {name: (content, _checked(name, content)) for name, content in wanted.items()}
    made = {name: _stored(call, name, *one) for name, one in checked.items()}
    call.changed()
    return {"images": {name: _answer(call, record) for name, record in made.items()}}


def _answer(call: Call, record: Record) -> dict[str, Any]:
    return {name: value for name, value in seen(call, record, ANSWERED).items() if name != "id"}


def _files(call: Call) -> Iterator[tuple[str, bytes]]:
    """Names and contents: every file part, base64 text, or the image of another account."""
    for name, value in call.params.items():
        if found := uploaded(value):
            yield from _unpacked(*found)
        elif name == "filename":
            raise bad_param("filename", "must be sent as a file of a multipart/form-data body")
    asked = told(call)
    given = asked.get("bytes")
    for name, text in (given if isinstance(given, dict) else {"bytes": call.params.get("bytes")}).items():
        if text is None:
            continue
        content = decoded(text)
        if content is None:
            raise bad_param("bytes", "must be an image as base64 text")
        yield str(name), content
    if source := mapping(asked, "copy_from"):
        yield "copy", _copied(call, source)


def _unpacked(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """The file, or the files inside it where it is an archive (Meta: "Ad Image": zip files)."""
    if not content.startswith(b"PK"):
        return [(name, content)]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in inside) > LARGEST:
                raise _refused("Image too large", f"{name} unpacks to more than {LARGEST} bytes.")
            return [(entry.filename, archive.read(entry)) for entry in inside]
    except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise bad_param("filename", f"is a damaged zip file: {error}") from None


def _copied(call: Call, source: dict[str, Any]) -> bytes:
    number = str(source.get("source_account_id", "")).removeprefix("act_")
    found = call.state.record(f"{number}:{source.get('hash')}")
    if found is None:
        raise bad_param("copy_from", f"names no image: {source}")
    return bytes(found.hidden["content"])


def _checked(name: str, content: bytes) -> Picture:
    if len(content) > LARGEST:
        raise _refused("Image too large", f"{name} has {len(content)} bytes; the most is {LARGEST}.")
    found = picture(content)
    if found is None or not found.width or not found.height:
        raise _refused("Image type not supported", f"{name} is no PNG, JPEG or GIF image; convert it and try again.")
    return found


def _refused(title: str, text: str) -> GraphError:
    return known(100, 1487411, user_message=text).but(error_user_title=title)


def _stored(call: Call, name: str, content: bytes, size: Picture) -> Record:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    identity = f"{call.own.number}:{digest}"
    if (found := call.state.record(identity)) is not None:
        return found
    url = f"{HOSTED}files/{identity}"
    values = {
        "hash": digest,
        "name": name,
        "status": "ACTIVE",
        "url": url,
        "url_128": url,
        "permalink_url": url,
        "width": size.width,
        "height": size.height,
        "original_width": size.width,
        "original_height": size.height,
        "is_associated_creatives_in_adgroups": False,
    }
    record = call.state.add_record(KIND, call.own, values, object_id=identity)
    record.hidden.update(content=content, content_type=f"image/{size.format}")
    call.own.activities.append(call.activity("add_images", identity, "IMAGE", name))
    return record


def _list(call: Call) -> Any:
    found = call.state.records_of(KIND, call.own)
    for wanted, field in (("hashes", "hash"), ("name", "name")):
        if chosen := names(call.request.params, wanted):
            found = [record for record in found if record.values[field] in chosen]
    return listed(call, found)


def _delete(call: Call) -> Any:
    digest = call.params.get("hash") or next(iter(names(call.params, "hashes")), None)
    if not digest:
        raise missing("hash")
    found = call.state.record(f"{call.own.number}:{digest}")
    if found is None:
        raise bad_param("hash", f"names no image of this ad account: {digest}")
    found.deleted = True
    call.own.activities.append(call.activity("delete_images", found.id, "IMAGE", str(found.values["name"])))
    call.changed()
    return {"success": True}


def _rename(call: Call) -> Any:
    return merge(call, {"name": name_of(told(call))})


KINDS = (
    RecordKind(
        KIND,
        "AdImage",
        KNOWN,
        shown={
            "account_id": account_number,
            "created_time": created_time,
            "updated_time": updated_time,
        },
        default=("hash",),
    ),
)

ROUTES: Routes = {
    ("GET", "account/adimages"): _list,
    ("POST", "account/adimages"): _create,
    ("DELETE", "account/adimages"): _delete,
    ("GET", "image"): read,
    ("POST", "image"): _rename,
}
