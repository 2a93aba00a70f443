"""Who may not call, and what is not theirs (Meta: "Handling errors", "Marketing API error codes")."""

from __future__ import annotations

from simulator.graph_api.catalogue.entry import FORBIDDEN, Entry

DOCS = "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
VALIDATING = "Error validating access token: "
PERMISSIONS = {
    200: "(#200) Ad account owner has NOT grant ads_management or ads_read permission",
    294: "(#294) Managing advertisements requires an access token with the extended permission for ads_management",
}

TOKENS = {
    None: "Invalid OAuth access token - Cannot parse access token",
    458: f"{VALIDATING}The user has not authorized application.",
    459: f"{VALIDATING}You cannot access the app till you log in to www.facebook.com and follow the instructions.",
    460: f"{VALIDATING}The session has been invalidated because the user changed their password or Facebook has "
    "changed the session for security reasons.",
    463: f"{VALIDATING}Session has expired.",
    464: f"{VALIDATING}Sessions for the user are not allowed because the user is not a confirmed user.",
    467: f"{VALIDATING}The session was invalidated explicitly using an API call.",
    492: f"{VALIDATING}The session is invalid: its user has no role on the Page any more.",
}
"""Texts of code 190 by subcode; 464, 467 and 492 are worded as they are remembered (assumption)."""

ACCESS = (
    Entry(code=101, family="auth", message="Error validating application. Cannot get application info."),
    Entry(code=102, family="auth", message="(#102) Session key invalid or no longer valid"),
    Entry(code=104, family="auth", message="(#104) Incorrect signature"),
    *(Entry(code=190, subcode=subcode, family="auth", message=text) for subcode, text in TOKENS.items()),
    Entry(code=3, family="permission", message="(#3) Application does not have the capability to make this API call."),
    Entry(
        code=10,
        family="permission",
        message="(#10) Application does not have permission for this action",
        status=FORBIDDEN,
    ),
    *(
        Entry(
            code=code,
            family="permission",
            message=PERMISSIONS.get(code, f"(#{code}) Permissions error"),
            status=FORBIDDEN,
        )
        for code in range(200, 300)
    ),
    Entry(
        code=100,
        subcode=33,
        family="permission",
        type="GraphMethodException",
        message="Unsupported {method} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        f"missing permissions, or does not support this operation. {DOCS}",
    ),
    Entry(
        code=100,
        subcode=3191001,
        family="permission",
        title="Permission Error",
        user_message="The Ads Insights API denied your request due to insufficient permissions.",
    ),
    Entry(
        code=2654,
        subcode=1713092,
        family="permission",
        message="(#2654) Failed to create custom audience",
        title="No write permission for this ad account",
        user_message="You must have permissions for the ad account to create an audience for it.",
    ),
    Entry(
        code=200,
        subcode=1870034,
        family="permission",
        message="(#200) Permissions error",
        title="Custom Audience Terms Not Accepted",
        user_message="You'll need to agree to the Custom Audience terms before you can create or edit an audience or "
        "an ad set.",
        status=FORBIDDEN,
    ),
    Entry(
        code=200,
        subcode=1870090,
        family="permission",
        message="(#200) Permissions error",
        title="Custom Audience Terms Not Accepted",
        user_message="To create or edit audience or ad set, please agree to the Custom Audience terms.",
        status=FORBIDDEN,
    ),
    Entry(
        code=200,
        subcode=1870050,
        family="permission",
        message="(#200) Permissions error",
        title="Ad account is not linked",
        user_message="The ad account must be linked to the account that owns the audience.",
        status=FORBIDDEN,
    ),
)
