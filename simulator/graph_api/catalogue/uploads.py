"""Files that are refused (Meta: "Ad image", "Resumable video upload")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import Entry

UPLOADS = (
    Entry(
        code=100,
        subcode=1487411,
        family="validation",
        title="The image cannot be used",
        user_message="The image {name} {reason}.",
    ),
    Entry(
        code=100,
        subcode=1363030,
        family="validation",
        title="The upload is not complete",
        user_message="Send all of its parts before the upload is finished.",
    ),
    Entry(
        code=100,
        subcode=1363037,
        family="validation",
        title="The upload session or its part does not fit",
        user_message="{reason}.",
    ),
)
