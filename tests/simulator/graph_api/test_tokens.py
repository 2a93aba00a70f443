"""Tokens: several kinds, what they may do, how they end, and what clients can learn about them."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from facebook_business.adobjects.adset import AdSet
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

pytestmark = pytest.mark.slow

AD_SET = "1202000000000120000"
ACCOUNT = "act_1000000000000001"


def minted(client, **spec) -> str:
    return client.admin("POST", "tokens", **spec)["access_token"]


def debugged(client, token: str):
    return client.get("debug_token", input_token=token)["data"]


@pytest.mark.parametrize(
    ("scopes", "reads", "insights", "writes", "business"),
    [
        (["ads_management", "ads_read", "business_management"], None, None, None, None),
        (["ads_read"], None, None, (294, None), (10, None)),
        (["ads_management"], None, None, None, (10, None)),
        (["business_management"], (200, None), (200, None), (294, None), None),
        ([], (200, None), (200, None), (294, None), (10, None)),
    ],
)
def test_a_token_may_do_what_its_scopes_say(client, scopes, reads, insights, writes, business) -> None:
    token, facts = minted(client, scopes=scopes), client.running.facts

    def code(method: str, path: str, **params):
        return client.code(client.call(method, path, token=token, **params))

    assert code("GET", AD_SET) == reads
    assert code("GET", f"{ACCOUNT}/insights") == insights
    assert code("POST", f"{ACCOUNT}/insights", level="account") == insights
    assert code("POST", AD_SET, name="other") == writes
    assert code("GET", f"{facts['business_id']}/owned_ad_accounts") == business
    assert code("GET", "me") is None


def test_a_user_token_ends_after_its_time_and_debugging_tells(client) -> None:
    token = minted(client, scopes=["ads_read"], expires_in_seconds=3600)
    alive = debugged(client, token)
    assert (alive["type"], alive["is_valid"], alive["scopes"]) == ("USER", True, ["ads_read"])
    assert alive["expires_at"] - alive["issued_at"] == 3600
    assert alive["data_access_expires_at"] - alive["issued_at"] == 90 * 86400
    assert alive["granular_scopes"] == [{"scope": "ads_read", "target_ids": [ACCOUNT.removeprefix("act_")]}]
    client.pass_seconds(3600)
    answer = client.call("GET", AD_SET, token=token)

    assert client.code(answer) == (190, 463)
    assert "Session has expired on" in answer.json()["error"]["message"]
    dead = debugged(client, token)
    assert (dead["is_valid"], dead["error"]["code"], dead["error"]["subcode"]) == (False, 190, 463)


def test_the_system_users_token_never_ends(client) -> None:
    client.admin("POST", "clock", advance_days=400)
    token = client.running.facts["access_token"]

    assert client.code(client.call("GET", AD_SET)) is None
    told = debugged(client, token)
    assert (told["type"], told["expires_at"], told["is_valid"]) == ("SYSTEM_USER", 0, True)
    assert told["app_id"] == client.running.facts["app_id"]


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492])
def test_a_token_can_be_revoked_for_any_reason(client, subcode: int) -> None:
    token = minted(client)
    client.admin("POST", "tokens", revoke=token, subcode=subcode)

    assert client.code(client.call("GET", AD_SET, token=token)) == (190, subcode)
    assert debugged(client, token)["error"]["subcode"] == subcode
    assert client.code(client.call("GET", AD_SET)) is None


def test_without_a_token_nobody_is_told_anything(client) -> None:
    for path, code in (("me", 2500), (AD_SET, 104)):
        assert client.code(client.call("GET", path, token="")) == (code, None)


def test_a_proof_may_be_required_and_the_sdk_brings_it(open_client) -> None:
    with open_client(require_proof=True) as client:
        facts = client.running.facts
        missing = client.call("GET", AD_SET)
        proof = hmac.new(facts["app_secret"].encode(), facts["access_token"].encode(), hashlib.sha256).hexdigest()
        session = FacebookSession(facts["app_id"], facts["app_secret"], facts["access_token"], timeout=10)
        session.GRAPH, session.requests.trust_env = facts["url"], False

        assert client.code(missing) == (100, None)
        assert missing.json()["error"]["message"] == "API calls from the server require an appsecret_proof argument"
        assert client.code(client.call("GET", AD_SET, appsecret_proof=proof)) is None
        assert "Invalid" in client.get(AD_SET, appsecret_proof=proof[::-1])["error"]["message"]
        assert AdSet(AD_SET, api=FacebookAdsApi(session)).api_get(fields=["name"])["name"]
        client.admin("POST", "tokens", require_proof=False)
        assert client.code(client.call("GET", AD_SET)) is None


def test_a_short_lived_token_becomes_a_long_lived_one(client) -> None:
    facts = client.running.facts
    short = minted(client, scopes=["ads_read"], expires_in_seconds=7200)
    asked = {"grant_type": "fb_exchange_token", "client_id": facts["app_id"], "client_secret": facts["app_secret"]}
    answer = client.call("GET", "oauth/access_token", token="", fb_exchange_token=short, **asked).json()

    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 60 * 86400)
    assert debugged(client, answer["access_token"])["scopes"] == ["ads_read"]
    client.pass_seconds(7200)
    assert client.code(client.call("GET", AD_SET, token=answer["access_token"])) is None
    assert client.code(client.call("GET", "oauth/access_token", token="", fb_exchange_token=short, **asked)) == (
        190,
        463,
    )


def test_an_app_gets_its_own_token_which_debugs_and_reads_no_ads(client) -> None:
    facts = client.running.facts
    asked = {"grant_type": "client_credentials", "client_id": facts["app_id"], "client_secret": facts["app_secret"]}
    token = client.call("GET", "oauth/access_token", token="", **asked).json()["access_token"]

    answer = client.call("GET", "debug_token", token=token, input_token=facts["access_token"])
    assert answer.json()["data"]["is_valid"]
    assert client.code(client.call("GET", AD_SET, token=token)) == (200, None)
    assert debugged(client, token)["type"] == "APP"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client_id": "1"}, (101, None)),
        ({"client_secret": "0"}, (1, None)),
        ({"grant_type": "password"}, (100, None)),
        ({"fb_exchange_token": "EAAother"}, (190, None)),
    ],
)
def test_an_exchange_with_something_wrong_is_refused(client, wrong, code) -> None:
    facts = client.running.facts
    asked = {
        "grant_type": "fb_exchange_token",
        "client_id": facts["app_id"],
        "client_secret": facts["app_secret"],
        "fb_exchange_token": facts["access_token"],
    }
    assert client.code(client.call("GET", "oauth/access_token", token="", **{**asked, **wrong})) == code


def test_a_token_of_another_app_does_not_fit_the_secret_and_is_not_debugged(client) -> None:
    facts = client.running.facts
    token = minted(client, app_id="123")
    proof = hmac.new(facts["app_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()

    assert client.code(client.call("GET", AD_SET, token=token, appsecret_proof=proof)) == (100, None)
    assert "did not match the Viewing App" in client.get("debug_token", input_token=token)["error"]["message"]


def test_permissions_are_listed_granted_and_declined(client) -> None:
    token = minted(client, scopes=["ads_read"])
    rows = client.call("GET", "me/permissions", token=token).json()["data"]

    assert {row["permission"] for row in rows if row["status"] == "granted"} == {"ads_read"}
    assert "ads_management" in {row["permission"] for row in rows if row["status"] == "declined"}


def test_tokens_and_their_ends_survive_a_restart_and_their_texts_are_not_written_down(open_client, tmp_path) -> None:
    file = tmp_path / "state.jsonl"
    with open_client(state_file=file) as first:
        good, bad = minted(first, scopes=["ads_read"]), minted(first)
        first.admin("POST", "tokens", revoke=bad, subcode=467)
        facts = first.running.facts
        asked = {"grant_type": "fb_exchange_token", "client_id": facts["app_id"], "client_secret": facts["app_secret"]}
        long = first.call("GET", "oauth/access_token", token="", fb_exchange_token=good, **asked).json()["access_token"]
        log = json.dumps(first.admin("GET", "requests"))
    with open_client(state_file=file) as second:
        codes = [second.code(second.call("GET", AD_SET, token=token)) for token in (good, bad, long)]
        assert codes == [None, (190, 467), None]
    for secret in (good, bad, long, facts["app_secret"], facts["access_token"]):
        assert secret not in file.read_text() + log


def test_a_log_of_batches_holds_no_token(client) -> None:
    token = minted(client)
    operations = [
        {"method": "GET", "relative_url": f"me?access_token={token}"},
        {"method": "GET", "relative_url": "me", "headers": [{"name": "Authorization", "value": f"Bearer {token}"}]},
        {"method": "GET", "relative_url": "me", "access_token": token},
    ]
    assert [one["code"] for one in client.post("", batch=json.dumps(operations))] == [200] * 3

    assert token not in json.dumps(client.admin("GET", "requests"))


def test_the_sdk_meets_the_end_of_a_token_as_its_own_error(client) -> None:
    facts, token = client.running.facts, minted(client, expires_in_seconds=10)
    session = FacebookSession(facts["app_id"], facts["app_secret"], token, timeout=10)
    session.GRAPH, session.requests.trust_env = facts["url"], False
    ad_set = AdSet(AD_SET, api=FacebookAdsApi(session))
    ad_set.api_get()
    client.pass_seconds(10)
    with pytest.raises(FacebookRequestError) as caught:
        ad_set.api_get()

    assert (caught.value.api_error_code(), caught.value.api_error_subcode()) == (190, 463)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"scope": ["ads_read"]}, "did you mean 'scopes'?"),
        ({"scopes": ["ads_reed"]}, "no scope 'ads_reed'"),
        ({"type": "KING"}, "is one of SYSTEM_USER"),
        ({"expires_in_seconds": "soon"}, "simulated seconds"),
        ({"revoke": "EAAother"}, "not one of this emulator's"),
        ({"require_proof": "yes"}, "true or false"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_a_sentence(client, spec, said: str) -> None:
    before = client.admin("GET", "tokens")
    assert said in client.admin("POST", "tokens", **spec)["error"]
    assert client.admin("GET", "tokens") == before
