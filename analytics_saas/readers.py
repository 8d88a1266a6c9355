"""How each kind of setting is read; a value that cannot be is a ValueError naming its variable."""

import importlib.util
import json
import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from analytics_saas.keys import SMALLEST_BITS, is_private_key

Networks = tuple[IPv4Network | IPv6Network, ...]
# A provider of allauth's, and how this service is known there.
Providers = dict[str, dict[str, Any]]

SWITCHES = {"true": True, "on": True, "yes": True, "1": True}
SWITCHES |= {"false": False, "off": False, "no": False, "0": False}
HTTP = ("http", "https")
REDIS = ("redis", "rediss", "unix")
SQL = ("sqlite", "postgres", "postgresql")
HIGHEST_PORT = 65_535


class Source:
    """The process environment. But for texts, an empty variable counts as one that is not set."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def has(self, name: str) -> bool:
        """Tell whether the operator set a variable."""
        return bool(self.text(name))

    def text(self, name: str, default: str = "") -> str:
        """Return a text without the space around it; empty when the operator says so."""
        return self._variables.get(name, default).strip()

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a comma-separated list."""
        parts = (part.strip() for part in self.text(name).split(","))
        return tuple(part for part in parts if part) or default

    def switch(self, name: str, default: bool) -> bool:
        """Return a switch: a slip of the pen is an error, never a silent no."""
        text = (self.text(name) or f"{default}").lower()
        if text not in SWITCHES:
            raise ValueError(f"{name} must be true or false, not {text!r}")
        return SWITCHES[text]

    def positive(self, name: str, default: int, most: int | None = None) -> int:
        """Return a whole number from 1 on."""
        text = self.text(name) or f"{default}"
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= (most or int(text)):
            upper = f"to {most}" if most else "or more"
            raise ValueError(f"{name} must be a whole number of 1 {upper}, not {text!r}")
        return int(text)

    def share(self, name: str, default: int) -> int:
        """Return per cent of a plan, at least all of it; 0 is none."""
        return self.limit(name, default, least=100)

    def limit(self, name: str, default: int, least: int = 1) -> int:
        """Return a limit of at least so much; 0 is none."""
        if (self.text(name) or f"{default}") == "0":
            return 0
        given = self.positive(name, default)
        if given < least:
            raise ValueError(f"{name} must be 0 or a whole number of {least} or more, not {given}")
        return given

    def port(self, name: str, default: int) -> int:
        """Return a TCP port."""
        return self.positive(name, default, HIGHEST_PORT)

    def optional_port(self, name: str) -> int:
        """Return a TCP port; 0 is none, as is nothing."""
        return 0 if self.text(name) in ("", "0") else self.port(name, default=0)

    def address(self, name: str, schemes: tuple[str, ...], default: str) -> str:
        """Return a URL. What stands after :// may hold a password, so it is never repeated."""
        url = self.text(name) or default
        parts = urlsplit(url)
        if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
            known = ", ".join(f"{scheme}://" for scheme in schemes)
            raise ValueError(f"{name} must be an address that starts with one of {known}")
        return url

    def origin(self, name: str, default: str) -> str:
        """Return where browsers reach a role."""
        origin = self.address(name, HTTP, default)
        if origin != "://".join(urlsplit(origin)[:2]):
            raise ValueError(f"{name} must be scheme, host and port only, without a last slash")
        return origin

    def networks(self, name: str, default: tuple[str, ...] = ()) -> Networks:
        """Return CIDR blocks from a comma-separated list."""
        try:
            return tuple(ip_network(block, strict=False) for block in self.texts(name, default))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def systems(self, name: str) -> frozenset[int]:
        """Return numbers of autonomous systems from a comma-separated list, as 64500 or AS64500."""
        texts = [text.upper().removeprefix("AS") for text in self.texts(name)]
        for text in texts:
            if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
                raise ValueError(f"{name} must list AS numbers such as 24940, not {text!r}")
        return frozenset(map(int, texts))

    def file(self, name: str) -> Path | None:
        """Return the path of a file that can be read, None when none is set."""
        text = self.text(name)
        if not text:
            return None
        if not Path(text).is_file() or not os.access(text, os.R_OK):
            raise ValueError(f"{name} must be the path of a readable file, not {text!r}")
        return Path(text).resolve()

    def header(self, name: str) -> str:
        """Return the name of an HTTP header in small letters, '' when none is set."""
        text = self.text(name).lower()
        if text and not re.fullmatch(r"[a-z0-9-]{1,100}", text):
            raise ValueError(f"{name} must be the name of an HTTP header, not {text!r}")
        return text

    def private_key(self, name: str) -> str:
        """Return an RSA key in PEM, given as text or as a file's path; it is never repeated."""
        text = self.text(name).replace("\\n", "\n")
        if not text:
            return ""
        try:
            pem = text if text.startswith("-----BEGIN") else Path(text).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(
                f"{name} must be a key in PEM or the path of a readable file"
            ) from None
        if not is_private_key(pem):
            problem = f"an RSA key in PEM of {SMALLEST_BITS} bits or more, without a password"
            raise ValueError(f"{name} must be {problem}")
        return pem

    def mail(self, name: str, default: str) -> str:
        """Return how mail leaves, once it is known that Django can use it."""
        url = self.text(name) or default
        try:
            environ.Env.email_url_config(url)
        except (ImproperlyConfigured, ValueError):
            known = ", ".join(f"{scheme}://" for scheme in sorted(environ.Env.EMAIL_SCHEMES))
            raise ValueError(f"{name} must start with one of {known}") from None
        return url

    def providers(self, name: str) -> Providers:
        """Return further services that may tell who somebody is, from JSON."""
        example = '{"gitlab": {"client_id": "…", "secret": "…"}}'
        try:
            found = json.loads(self.text(name) or "{}")
            clients = {
                provider: (app["client_id"], app["secret"]) for provider, app in found.items()
            }
        except (json.JSONDecodeError, AttributeError, KeyError, TypeError):
            raise ValueError(f"{name} must be JSON such as {example}") from None
        for provider in clients:
            package = f"allauth.socialaccount.providers.{provider}"
            if not re.fullmatch(r"[a-z0-9_]+", provider) or not importlib.util.find_spec(package):
                raise ValueError(f"{name}: allauth has no provider {provider!r}")
        return dict(found)


def oauth_client(provider: str, client_id: str, secret: str) -> Providers:
    """Return how this service is known at a provider; nothing when it is not."""
    if bool(client_id) != bool(secret):
        name = provider.upper()
        raise ValueError(f"{name}_CLIENT_ID and {name}_CLIENT_SECRET need each other")
    return {provider: {"client_id": client_id, "secret": secret}} if client_id else {}
