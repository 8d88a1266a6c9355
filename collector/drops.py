"""The closed set of reasons for which an event is not stored though its request was well made."""

from enum import StrEnum


class DropReason(StrEnum):
    """Why; the customer sees these words in the ledger and in a header."""

    PRIVACY_SIGNAL = "privacy_signal"
    PREFETCH = "prefetch"
    HOSTNAME = "hostname"
    QUOTA = "quota"
    BOT = "bot"
    AI_CRAWLER = "ai_crawler"
    HOSTING = "hosting"
    NETWORK = "network"
    COUNTRY = "country"
    PAGE = "page"
    RESET = "reset"
    DELETED = "deleted"


class Drop(Exception):
    """Ends the pipeline for one event.

    `detail` names a bot or a vendor. It comes from a closed list of ours and never from the
    request, so that no text of a visitor's can travel.
    """

    def __init__(self, reason: DropReason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail

    @property
    def ledger_reason(self) -> str:
        """What the ledger counts under: `bot:Googlebot`, `ai_crawler:OpenAI`, `country`."""
        return f"{self.reason.value}:{self.detail}" if self.detail else self.reason.value
