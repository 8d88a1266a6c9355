"""What a browser may load, run and frame on our pages, and the ways to relax that for one view."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from csp.constants import NONCE, NONE, SELF
from django.http import HttpResponse

P = ParamSpec("P")

POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "connect-src": [SELF],
        "font-src": [SELF],
        # Codes to scan are pictures written into the page.
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}


def embeddable(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let every site show a view in a frame: for pages that read one project's numbers only."""

    @wraps(view)
    def embedded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        # Names that django-csp and Django's own middleware look at.
        vars(response)["_csp_replace"] = {"frame-ancestors": ["*"]}
        vars(response)["xframe_options_exempt"] = True
        return response

    return embedded
