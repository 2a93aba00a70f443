"""Videos through the SDK: by address, as a file, in parts."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from facebook_business.adobjects.advideo import AdVideo
from requests.adapters import HTTPAdapter

UPLOADS = "https://graph-video.facebook.com"
ADDRESS = "https://shop.example/film.mp4"


def test_a_video_by_address_is_ready_after_a_while(client) -> None:
    video = client.account.create_ad_video(params={"file_url": ADDRESS, "name": "film"})
    before = client.of(AdVideo, video["id"]).api_get(fields=["status"])["status"]["video_status"]
    none_yet = len(video.get_thumbnails())
    client.pass_time(advance_seconds=180)
    after = client.of(AdVideo, video["id"]).api_get(fields=["status", "title", "source", "created_time"])

    assert (before, none_yet) == ("processing", 0)
    assert after["status"]["video_status"] == "ready"
    assert after["source"] == ADDRESS
    assert len(video.get_thumbnails(fields=["uri", "is_preferred"])) == 1
    assert [row["id"] for row in client.account.get_ad_videos()] == [video["id"]]


def test_a_creative_may_show_a_video_of_the_account_and_no_other(client, refused) -> None:
    video = client.account.create_ad_video(params={"file_url": ADDRESS})["id"]
    spec = {"page_id": client.facts["page_id"], "video_data": {"video_id": video, "message": "see"}}
    made = client.account.create_ad_creative(params={"name": "film", "object_story_spec": spec})
    spec["video_data"]["video_id"] = "12345"

    assert made.api_get(fields=["object_type", "video_id"])["object_type"] == "VIDEO"
    error = refused(lambda: client.account.create_ad_creative(params={"object_story_spec": spec}))
    assert error.api_error_code() == 100


def test_a_video_uploaded_in_parts_is_the_same_file(client) -> None:
    url = f"{client.facts['url']}/v26.0/{client.account.get_id()}/advideos"
    film = bytes(range(256)) * 4

    def post(**params):
        files = {"video_file_chunk": ("part", params.pop("part"))} if "part" in params else None
        params["access_token"] = client.facts["access_token"]
        return requests.post(url, data=params, files=files, timeout=10).json()

    begun = post(upload_phase="start", file_size=len(film))
    session = begun["upload_session_id"]
    assert begun["end_offset"] == str(len(film))
    half = post(upload_phase="transfer", upload_session_id=session, start_offset=0, part=film[:500])
    assert half["start_offset"] == "500"
    assert "error" in post(upload_phase="finish", upload_session_id=session)
    assert "error" in post(upload_phase="transfer", upload_session_id=session, start_offset=0, part=film[:500])
    post(upload_phase="transfer", upload_session_id=session, start_offset=500, part=film[500:])
    assert post(upload_phase="finish", upload_session_id=session, title="film") == {"success": True}
    source = client.of(AdVideo, begun["video_id"]).api_get(fields=["source"])["source"]
    assert requests.get(source, timeout=10).content == film


class ToEmulator(HTTPAdapter):
    """Takes what the SDK sends to its fixed upload host to an emulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request, *args, **more):  # type: ignore[no-untyped-def]
        request.url = request.url.replace(UPLOADS, self.url)
        return super().send(request, *args, **more)


@pytest.mark.filterwarnings("ignore")
def test_the_sdk_s_own_uploader_sends_a_file_in_parts(client, tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"film" * 1000)
    client.api._session.requests.mount(UPLOADS, ToEmulator(client.facts["url"]))
    video = AdVideo(parent_id=client.account.get_id(), api=client.api)
    video[AdVideo.Field.filepath] = str(file)
    video.remote_create()

    source = client.of(AdVideo, video["id"]).api_get(fields=["source"])["source"]
    assert requests.get(source, timeout=10).content == file.read_bytes()


def test_a_video_without_content_is_refused_and_a_deleted_one_is_gone(client, refused) -> None:
    assert refused(client.account.create_ad_video).api_error_code() == 100
    video = client.account.create_ad_video(params={"file_url": ADDRESS})
    video.api_update(params={"name": "new"})
    assert video.api_get(fields=["title"])["title"] == "new"
    client.of(AdVideo, video["id"]).api_delete()
    assert refused(client.of(AdVideo, video["id"]).api_get).api_error_subcode() == 33
