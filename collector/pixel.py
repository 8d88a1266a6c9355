"""The query of the no-script pixel to our own beacon. Pure."""

from urllib.parse import parse_qsl

from collector.payload import Beacon, require_project_id
from collector.problem import Problem

MOST_PARAMETERS = 20
MOST_WIDTH_DIGITS = 6
# One transparent point.
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def read_query(query: bytes, referer: str) -> Beacon:
    """Return a page view; its page is `u`, or else what the header Referer says.

    Of a parameter given twice the last one counts. Raises Problem with status 400.
    """
    try:
        given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS))
    except ValueError:
        message = f"The address may have at most {MOST_PARAMETERS} parameters; send p, u, r and w."
        raise Problem(400, "too_many_parameters", None, message) from None
    project, page, width = given.get("p", ""), given.get("u") or referer, given.get("w", "0")
    require_project_id(project)
    if not page:
        message = "`u` is missing: send the page's address, or let the browser send a Referer."
        raise Problem(400, "invalid_field", "u", message)
    if not (width.isascii() and width.isdigit() and len(width) <= MOST_WIDTH_DIGITS):
        raise Problem(400, "invalid_field", "w", "`w` must be 0 to 20000 pixels.")
    return Beacon(p=project, u=page, r=given.get("r", ""), w=int(width))
