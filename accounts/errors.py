"""The refusals of this app: each says in plain words what stands in the way and what to do."""

from analytics_saas.errors import ApiError


class Refused(ApiError):
    """A change that is allowed to this person, but not as things are."""

    def __init__(
        self, code: str, message: str, field: str | None = None, status: int = 409
    ) -> None:
        super().__init__(status, code, message, field)


class LimitReached(Refused):
    """The plan has no room for more."""

    def __init__(self, message: str) -> None:
        super().__init__("plan_limit", message, status=403)


class LastOwner(Refused):
    """Without this person nobody would own the organization."""

    def __init__(self, organization: str) -> None:
        message = (
            f"{organization} has no other owner. Make another member an owner first, "
            "or delete the organization."
        )
        super().__init__("last_owner", message)
