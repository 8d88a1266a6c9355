"""Who sends events from a server: the token in the header, as the registry knows it."""

from collector.door.answers import unavailable
from collector.door.copies import Copies
from collector.door.requests import Request
from collector.problem import Problem
from projects.registry import RegistryUnavailable, keys
from projects.registry.keys import Key

# Whoever is revoked is refused within this time.
KEY_SECONDS = 5.0

known = Copies[Key](keys.find_many, life=KEY_SECONDS, keeps_old=False)


async def find_key(request: Request) -> Key:
    """Return the key of a request. Raises Problem with status 401, 403 or 503."""
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise _unknown("Send an API token in the header: 'Authorization: Bearer ds_…'.")
    name = keys.name_of(token.strip().decode("latin-1"))
    if name is None:
        raise _unknown("This is no API token of Daysalt: it is mistyped, cut off or made up.")
    try:
        key = await known.find(name)
    except RegistryUnavailable:
        raise unavailable("registry_unavailable") from None
    if key is None or key.is_over():
        raise _unknown("This token is unknown, revoked or has expired. Make a new one.")
    if not key.may_send:
        message = "This token may not send events: make one with the scope events:write."
        raise Problem(403, "forbidden", None, message)
    return key


def _unknown(message: str) -> Problem:
    return Problem(401, "not_authenticated", "authorization", message)
