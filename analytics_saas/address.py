"""Where one of Django's requests comes from."""

from django.http import HttpRequest
from rest_framework.request import Request

from analytics_saas.client_ip import Address, client_ip
from analytics_saas.env import env


def address_of(request: HttpRequest | Request) -> Address | None:
    """Return the client's address, or None when nothing readable was sent."""
    headers = (request.META.get(name, "") for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"))
    forwarded_for, forwarded = headers
    peer = request.META.get("REMOTE_ADDR", "")
    return client_ip(peer, forwarded_for, env.trusted_proxies, forwarded)
