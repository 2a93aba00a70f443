"""Everything that goes wrong at the REST door, as problem details (RFC 9457): what, where, and what to do.

An answer never carries a stack trace or the words of an unexpected exception: those go to the log, under the
`request_id` that the answer names.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException, SerializationException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.types import ExceptionHandlersMap
from msgspec import UNSET, Meta, Struct, UnsetType

from service.api.methods import allowed
from service.errors import ServiceError

MEDIA_TYPE = "application/problem+json"
MOST_BODY_BYTES = 1_000_000
log = logging.getLogger("caudal.api")

AnyRequest: TypeAlias = Request[Any, Any, Any]


class FieldError(Struct, frozen=True, kw_only=True):
    """One field that is wrong."""

    field: Annotated[str, Meta(description="Name of the field; empty for the whole.", examples=["daily_budget_minor"])]
    message: Annotated[str, Meta(examples=["Input should be greater than or equal to 1"])]
    source: Annotated[str, Meta(description="body, query or path.", examples=["body"])]


class Problem(Struct, frozen=True, kw_only=True):
    """Problem details as in RFC 9457."""

    type: Annotated[str, Meta(description="Stable name of the kind of problem.", examples=["urn:caudal:not-found"])]
    title: str
    status: int
    detail: Annotated[str, Meta(description="What is wrong here, and what to do.")]
    instance: Annotated[str, Meta(description="The path that was asked for.")]
    errors: Annotated[list[FieldError] | UnsetType, Meta(description="The fields that are wrong.")] = UNSET
    request_id: Annotated[str | UnsetType, Meta(description="Under which the log tells more.")] = UNSET


class ProblemRequest(AnyRequest):
    """A request that says where its JSON breaks."""

    async def json(self) -> Any:
        """The parsed body.

        Raises:
            ClientException: malformed JSON, with line and column.
        """
        try:
            return await super().json()
        except (SerializationException, UnicodeDecodeError, RecursionError) as error:
            raise ClientException(where_json_breaks(await self.body())) from error


def where_json_breaks(body: bytes) -> str:
    """A sentence with line and column.

    >>> where_json_breaks(b'{"mode": live}')
    'the body is not valid JSON: expecting value at line 1, column 10'
    """
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        return f"the body is not valid JSON: {what} at line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError as error:
        return f"the body is not valid JSON: byte {error.start} is not UTF-8"
    except RecursionError:
        return "the body is nested too deeply"
    return "the body is not valid JSON"


def handlers() -> ExceptionHandlersMap:
    """Exception handlers for the whole application."""
    return {ServiceError: _on_service_error, HTTPException: _on_http_error, Exception: _on_surprise}


def declared(*statuses: int) -> dict[int, ResponseSpec]:
    """What a handler may answer when it refuses, for the OpenAPI document (400 and 500: any may)."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            media_type=MEDIA_TYPE,
            description=_MEANINGS[status],
            generate_examples=False,
            examples=[Example(summary=HTTPStatus(status).phrase, value=_example(status))],
        )
        for status in sorted({400, *statuses, 500})
    }


_MEANINGS = {
    400: "The request is malformed, or names a host we are not; `errors` names the fields.",
    404: "There is no such thing.",
    409: "Another request or process was first.",
    413: f"The body has more than {MOST_BODY_BYTES:,} bytes.",
    500: "An unexpected failure; the log tells more under `request_id`.",
    503: "Something this answer needs is not there.",
}


def _example(status: int) -> dict[str, Any]:
    example = {
        "type": _type(status),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _MEANINGS[status],
        "instance": "/api/v1/meta/accounts/act_42",
    }
    if status == HTTPStatus.BAD_REQUEST:
        example["errors"] = [
            {"field": "daily_budget_minor", "message": "Input should be a valid integer", "source": "body"}
        ]
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        example["request_id"] = "9f86d081884c7d65"
    return example


def _type(status: int) -> str:
    return "urn:caudal:" + HTTPStatus(status).phrase.lower().replace(" ", "-")


def _answer(request: AnyRequest, status: int, detail: str, **more: Any) -> Response[Problem]:
    headers = more.pop("headers", None) or {}
    problem = Problem(
        type=_type(status),
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.scope["path"],
        **more,
    )
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _on_service_error(request: AnyRequest, error: ServiceError) -> Response[Problem]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("%s %s: %s: %s", request.method, request.scope["path"], type(error).__name__, error)
    return _answer(request, error.status_code, str(error))


def _on_http_error(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _on_surprise(request, error)
    if isinstance(error, ValidationException):
        wrong = [_field_error(entry) for entry in error.extra or ()]
        named = "; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in wrong)
        return _answer(request, error.status_code, named or error.detail, errors=wrong)
    headers = dict(error.headers or {})
    if "allow" in headers:
        # Litestar joins a set: the same request would be answered in another order by another process.
        headers["allow"] = allowed(headers["allow"])
    return _answer(request, error.status_code, _words(request, error, headers), headers=headers)


def _words(request: AnyRequest, error: HTTPException, headers: Mapping[str, str]) -> str:
    path = request.scope["path"]
    if error.status_code == HTTPStatus.NOT_FOUND and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return f"there is nothing at {path}: /docs lists every route"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{path} does not know {request.method}: it allows {headers.get('allow', 'nothing')}"
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return f"the body has more than {MOST_BODY_BYTES:,} bytes, the limit: send only the fields to change"
    return error.detail


_PLAINLY = {
    "'data'": "a JSON object is needed as the body",
    "Extra inputs are not permitted": "there is no such field",
    "Input should be a valid dictionary or instance of AccountChange": "must be a JSON object",
    "Invalid RFC3339 encoded date": "must be a date, for instance 2026-03-02",
}


def _field_error(entry: Any) -> FieldError:
    field, said = str(entry.get("key", "")), str(entry["message"]).removeprefix("Value error, ")
    return FieldError(
        field="" if field == "data" else field,
        message=_PLAINLY.get(said, said.replace("`", "")),
        source=str(getattr(entry.get("source", "body"), "value", entry.get("source", "body"))),
    )


def _on_surprise(request: AnyRequest, error: Exception) -> Response[Problem]:
    request_id = secrets.token_hex(8)
    log.error("%s %s failed (request %s)", request.method, request.scope["path"], request_id, exc_info=error)
    return _answer(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"something unexpected went wrong; the service's log tells more under request id {request_id}",
        request_id=request_id,
    )
