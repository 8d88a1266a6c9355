"""What a browser or a proxy may keep of our answers: nothing, unless a view says otherwise."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def keep_nothing(get_response: Answer) -> Answer:
    """Forbid to store what one person was shown: the next one may use the same browser."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
