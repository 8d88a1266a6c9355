"""The description of the API: which addresses, how to say who asks, and the shape of errors.

`make openapi` writes docs/openapi.yaml with it; `make check` fails when that is out of date.
"""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiYamlRenderer

from accounts.roles import PROJECT_SCOPES, SCOPE_WORDS

METHODS = ("get", "post", "put", "patch", "delete")
ERROR = {
    "type": "object",
    "description": "The shape of every error.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field"],
            "properties": {
                "code": {"type": "string", "description": "For programs; it stays the same."},
                "message": {"type": "string", "description": "For people; it says what to do."},
                "field": {
                    "type": "string",
                    "nullable": True,
                    "description": "Where in the body or the address, such as filters[0][1].",
                },
            },
        }
    },
}
# Status to name and meaning; every operation may answer with any of them.
STATUSES = {
    "400": ("Malformed", "The body or the address cannot be read: `field` says where."),
    "401": ("Unknown", "Nobody is logged in, or the token is unknown, over or revoked."),
    "403": ("Forbidden", "The role or the scopes do not allow this."),
    "404": ("Absent", "There is nothing here that you can see."),
    "429": ("Busy", "Too many requests at once; Retry-After says when to try again."),
    "503": ("Unavailable", "A store does not answer just now. Nothing is lost; try again."),
}


class Operation(AutoSchema):
    """Names operations; a collection and its items never get the same name."""

    def get_operation_id(self) -> str:
        """Return a name such as organizations_tokens_list."""
        name = super().get_operation_id()
        if self.method == "GET" and not self.path.endswith("}"):
            return name.removesuffix("_retrieve") + "_list"
        return name

    def get_summary(self) -> str:
        """Return what the view says, or the first sentence of its description."""
        told: str | None = super().get_summary()
        return told or self.get_description().partition(".")[0]

    def get_auth(self) -> list[dict[str, Any]]:
        """Return the ways to say who asks, any one of which will do."""
        return [{name: scopes} for way in super().get_auth() for name, scopes in way.items()]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The three kinds of token that one header carries."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = ["apiToken", "jwt", "oauth"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Describe API tokens, JWTs and OAuth access tokens."""
        flow = {
            "authorizationUrl": "/identity/o/authorize",
            "tokenUrl": "/identity/o/api/token",
            "refreshUrl": "/identity/o/api/token",
            "scopes": {scope: SCOPE_WORDS[scope] for scope in PROJECT_SCOPES},
        }
        bearer = {"type": "http", "scheme": "bearer"}
        return [
            bearer | {"description": "An API token: `Authorization: Bearer ds_…`."},
            bearer | {"bearerFormat": "JWT", "description": "An access token of a log-in."},
            {
                "type": "oauth2",
                "description": "An access token of an app; PKCE with S256 is needed.",
                "flows": {"authorizationCode": flow},
            },
        ]


def only_api(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Leave out what is for browsers."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def describe_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give every operation its errors, all of one shape."""
    components = result["components"]
    components["schemas"]["Error"] = ERROR
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    components["responses"] = {
        name: {"description": meaning, "content": body} for name, meaning in STATUSES.values()
    }
    for path in result["paths"].values():
        for method in METHODS:
            for status, (name, _) in STATUSES.items() if method in path else ():
                answer = {"$ref": f"#/components/responses/{name}"}
                path[method]["responses"].setdefault(status, answer)
    return result


@cache
def description() -> dict[str, Any]:
    """Return the whole description; it does not change while a process lives."""
    generator: Any = SchemaGenerator
    found: dict[str, Any] = generator().get_schema(request=None, public=True)
    return found


def as_yaml(part: dict[str, Any]) -> str:
    """Return a part of it, or the whole, as text."""
    renderer: Any = OpenApiYamlRenderer
    text: bytes = renderer().render(part, renderer_context={})
    return text.decode()
