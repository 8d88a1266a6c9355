"""The closed set of reasons for which an event is not stored though its request was well made."""

from enum import StrEnum


class DropReason(StrEnum):
    """Why; the customer sees these words in the ledger and in a header."""

    PRIVACY_SIGNAL = "privacy_signal"
    HOSTNAME = "hostname"
    BOT = "bot"
    NETWORK = "network"
    COUNTRY = "country"
    PAGE = "page"
    RESET = "reset"
    DELETED = "deleted"


class Drop(Exception):
    """Ends the pipeline for one event."""

    def __init__(self, reason: DropReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
