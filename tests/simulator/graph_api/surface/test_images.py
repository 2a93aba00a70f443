"""Images through the SDK: uploaded, listed, served, deleted."""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from pathlib import Path

import pytest
import requests
from facebook_business.adobjects.adimage import AdImage

from simulator.graph_api.uploads import Picture, picture


def png(width: int = 40, height: int = 30, tail: bytes = b"") -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height) + tail


def test_an_image_file_is_known_by_the_hash_of_its_content(client, tmp_path: Path) -> None:
    file = tmp_path / "shoe.png"
    file.write_bytes(png())
    image = AdImage(parent_id=client.account.get_id(), api=client.api)
    image[AdImage.Field.filename] = str(file)
    image.remote_create()

    digest = hashlib.md5(png(), usedforsecurity=False).hexdigest()
    assert image[AdImage.Field.hash] == digest
    assert client.account.get_ad_images()[0]["id"] == f"{client.account.get_id().removeprefix('act_')}:{digest}"
    listed = client.account.get_ad_images(fields=["name", "width", "height", "status"])
    assert [(row["name"], row["width"], row["height"], row["status"]) for row in listed] == [
        ("shoe.png", 40, 30, "ACTIVE")
    ]
    served = requests.get(client.account.get_ad_images(fields=["url"])[0]["url"], timeout=10)
    assert (served.headers["content-type"], served.content) == ("image/png", png())


def test_base64_and_several_files_at_once_are_taken_and_the_same_bytes_are_one_image(client) -> None:
    made = client.account.create_ad_image(params={"bytes": base64.b64encode(png(8, 9)).decode()})
    url = f"{client.facts['url']}/v26.0/{client.account.get_id()}/adimages"
    files = {"a": ("a.png", png(8, 9)), "b": ("b.gif", b"GIF89a" + struct.pack("<HH", 5, 6))}
    both = requests.post(url, files=files, data={"access_token": client.facts["access_token"]}, timeout=10).json()

    assert (made["width"], made["height"]) == (8, 9)
    assert both["images"]["a.png"]["hash"] == made["hash"]
    assert (both["images"]["b.gif"]["width"], both["images"]["b.gif"]["height"]) == (5, 6)
    assert len(client.account.get_ad_images()) == 2
    assert [row["hash"] for row in client.account.get_ad_images(params={"hashes": [made["hash"]]})] == [made["hash"]]


def test_images_in_a_zip_file_are_taken_one_by_one(client, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("a.png", png(1, 2))
        archive.writestr("b.png", png(3, 4))
    AdImage.remote_create_from_zip(str(tmp_path / "both.zip"), client.account.get_id(), client.api)

    assert {row["name"] for row in client.account.get_ad_images(fields=["name"])} == {"a.png", "b.png"}


def test_what_is_no_image_is_refused_and_nothing_is_stored(client, refused) -> None:
    text = base64.b64encode(b"hello").decode()

    assert refused(lambda: client.account.create_ad_image(params={"bytes": text})).api_error_code() == 100
    assert refused(lambda: client.account.create_ad_image(params={"bytes": "?"})).api_error_code() == 100
    assert refused(client.account.create_ad_image).api_error_code() == 100
    assert list(client.account.get_ad_images()) == []


def test_a_deleted_image_is_gone_from_the_list_and_from_its_address(client, refused) -> None:
    image = client.account.create_ad_image(params={"bytes": base64.b64encode(png()).decode()})
    url = client.account.get_ad_images(fields=["url"])[0]["url"]
    client.account.delete_ad_images(params={"hash": image["hash"]})

    assert list(client.account.get_ad_images()) == []
    assert requests.get(url, timeout=10).status_code == 404
    assert refused(lambda: client.account.delete_ad_images(params={"hash": image["hash"]})).api_error_code() == 100


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(3, 4), Picture("png", 3, 4)),
        (b"GIF87a" + struct.pack("<HH", 1, 2), Picture("gif", 1, 2)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x07\0\x09xxxx", Picture("jpeg", 9, 7)),
        (png()[:18], None),
        (b"\xff\xd8\xff\xe0\0\x04ab", None),
        (b"", None),
    ],
)
def test_the_size_of_an_image_is_read_from_its_first_bytes(content: bytes, found: Picture | None) -> None:
    assert picture(content) == found
