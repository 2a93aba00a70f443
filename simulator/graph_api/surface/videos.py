"""Ad videos: by address, as one file, or in parts (Meta: "Video Upload", "Ad Account, Videos").

A video by address is not fetched: it is written down and, like any video, ready after two simulated minutes
(an assumption; Meta's encoding takes seconds to hours).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from simulator.graph_api.call import Call, Routes
from simulator.graph_api.edges import list_values
from simulator.graph_api.errors import bad_param, known, not_offered
from simulator.graph_api.params import integer
from simulator.graph_api.record_calls import (
    HOSTED,
    created,
    created_time,
    delete,
    listed,
    merge,
    missing,
    name_of,
    one_of,
    read,
    told,
    updated_time,
    words,
)
from simulator.graph_api.records import Record, RecordKind
from simulator.graph_api.uploads import uploaded

KIND = "video"
ENCODING = timedelta(minutes=2)
CHUNK = 10 * 2**20
KNOWN = words(
    """
    ad_breaks ad_placements_validation_only admin_creator application_id asked_fun_fact_prompt_id audio_isrc
    audio_story_wave_animation_handle backdated_time backdated_time_granularity boost_eligibility_info
    chunk_session_id composer_entry_picker composer_entry_point composer_entry_time composer_session_events_log
    composer_session_id composer_source_surface composer_type container_type content_category content_tags copyright
    copyright_check_information copyright_monitoring_status created_time creative_folder_id creative_tools
    custom_labels description edit_description_spec embed_html embeddable end_offset event expiration
    fbuploader_video_file_chunk file_size file_url filename filepath fisheye_video_cropped format formatting fov
    from front_z_rotation fun_fact_prompt_id fun_fact_toastee_id guide guide_enabled icon id initial_heading
    initial_pitch instant_game_entry_point_data is_ai_generated is_boost_intended is_crosspost_video
    is_crossposting_eligible is_episode is_group_linking_post is_instagram_eligible is_partnership_ad
    is_reference_only is_voice_clip length live_audience_count live_status location_source_id music_video_copyright
    name og_action_type_id og_icon_id og_object_id og_phrase og_suggestion_mechanism original_fov
    original_projection_type partnership_ad_ad_code permalink_url picture place post_id post_views
    premiere_living_room_status privacy publish_event_id published referenced_sticker_id replace_audio_status
    replace_video_id scheduled_publish_time selected_audio_spec slideshow_spec source source_instagram_media_id
    spherical start_offset status swap_mode text_format_metadata thumb time_since_original_post title
    transcode_setting_properties universal_video_id unpublished_content_type updated_time upload_phase
    upload_session_id upload_setting_properties validation_ad_placements video_file_chunk video_id video_id_original
    video_start_time_ms video_state views waterfall_id
    """
)
CHANGEABLE = ("name", "title", "description", "content_tags")
FILES = ("source", "filename", "file")


def _create(call: Call) -> Any:
    phase = call.params.get("upload_phase")
    if phase:
        return _PHASES[one_of(phase, "upload_phase", _PHASES)](call)
    address, content = call.params.get("file_url"), _content(call)
    if not address and content is None:
        raise missing("file_url")
    if address and not str(address).startswith(("http://", "https://")):
        raise bad_param("file_url", f"must be a web address, got {address}")
    return created(call, _made(call, {"source": address}, content))


def _content(call: Call) -> tuple[str, bytes] | None:
    return next((found for name in FILES if (found := uploaded(call.params.get(name)))), None)


def _made(call: Call, values: dict[str, Any], content: tuple[str, bytes] | None = None) -> Record:
    asked = told(call)
    texts = {name: str(asked[name]) for name in CHANGEABLE if asked.get(name) is not None}
    record = call.state.add_record(KIND, call.own, {**{k: v for k, v in values.items() if v}, **texts})
    record.hidden["ready_at"] = call.state.now + ENCODING
    if content:
        record.hidden.update(content=content[1], content_type="video/mp4")
        record.values["source"] = f"{HOSTED}files/{record.id}"
    record.values.setdefault("title", content[0] if content else str(values.get("source") or record.id))
    record.values["picture"] = f"{HOSTED}preview?creative={record.id}"
    return record


def _start(call: Call) -> Any:
    """Meta: "Chunked upload", first phase; the answer says which bytes to send first."""
    size = integer(call.params, "file_size")
    if not size or size < 1:
        raise missing("file_size")
    record = _made(call, {})
    record.hidden.update(size=size, parts=b"", ready_at=None)
    call.changed()
    return {"upload_session_id": record.id, "video_id": record.id, **_span(0, size)}


def _span(start: int, size: int) -> dict[str, str]:
    return {"start_offset": str(start), "end_offset": str(min(start + CHUNK, size))}


def _session(call: Call) -> Record:
    found = call.state.record(str(call.params.get("upload_session_id")))
    if found is None or found.kind != KIND or "parts" not in found.hidden:
        raise known(100, 1363037, reason="There is no such upload session")
    return found


def _transfer(call: Call) -> Any:
    record, part = _session(call), uploaded(call.params.get("video_file_chunk"))
    if part is None:
        raise missing("video_file_chunk")
    start, parts, size = integer(call.params, "start_offset"), record.hidden["parts"], record.hidden["size"]
    if start != len(parts) or len(parts) + len(part[1]) > size:
        refused = known(100, 1363037, reason=f"Send the bytes from {len(parts)} up to at most {size}")
        raise refused.but(error_data=_span(len(parts), size))
    record.hidden["parts"] = parts + part[1]
    call.changed()
    return _span(len(record.hidden["parts"]), size)


def _finish(call: Call) -> Any:
    record = _session(call)
    if len(record.hidden["parts"]) < record.hidden["size"]:
        raise known(100, 1363030)
    record.hidden.update(content=record.hidden["parts"], content_type="video/mp4", ready_at=call.state.now + ENCODING)
    record.values["source"] = f"{HOSTED}files/{record.id}"
    record.values.update({name: str(call.params[name]) for name in CHANGEABLE if name in call.params})
    call.changed()
    return {"success": True}


def _cancel(call: Call) -> Any:
    _session(call).deleted = True
    call.changed()
    return {"success": True}


_PHASES = {"start": _start, "transfer": _transfer, "finish": _finish, "cancel": _cancel}


def _status(record: Record) -> dict[str, Any]:
    """Where encoding stands, at the account's present."""
    ready_at = record.hidden["ready_at"]
    if ready_at is None:
        return {"video_status": "uploading", "uploading_phase": {"status": "in_progress"}}
    if record.account and record.account.now < ready_at:
        return {"video_status": "processing", "processing_progress": 50, "uploading_phase": {"status": "complete"}}
    done = {"status": "complete"}
    return {"video_status": "ready", "uploading_phase": done, "processing_phase": done, "publishing_phase": done}


def _thumbnails(call: Call) -> Any:
    video = call.found
    row = {"id": f"{video.id}0", "height": 720, "width": 1280, "scale": 1, "is_preferred": True, "name": ""}
    uri = f"{call.request.base_url}{video.values['picture']}"
    fields = ("id", "height", "scale", "uri", "width", "is_preferred")
    shown = {name: {**row, "uri": uri}[name] for name in fields}
    return {"data": [shown] if _status(video)["video_status"] == "ready" else []}


def _update(call: Call) -> Any:
    asked = told(call)
    values = {name: asked[name] for name in CHANGEABLE if name in asked}
    if "name" in values:
        values["title"] = name_of(values)
    return merge(call, values)


def _no_captions(call: Call) -> Any:
    raise not_offered(f"{call.edge} of a video")


KINDS = (
    RecordKind(
        KIND,
        "Video",
        KNOWN,
        shown={"created_time": created_time, "updated_time": updated_time, "status": _status},
        default=("id", "updated_time", "description"),
    ),
)

ROUTES: Routes = {
    ("GET", "account/advideos"): lambda call: listed(call, call.state.records_of(KIND, call.own)),
    ("POST", "account/advideos"): _create,
    ("GET", "video"): read,
    ("POST", "video"): _update,
    ("DELETE", "video"): delete,
    ("GET", "video/thumbnails"): _thumbnails,
    ("GET", "video/captions"): lambda call: list_values(call.request, []),
    ("POST", "video/captions"): _no_captions,
}
