"""What a name may be; pages and the API share it."""

from django.core.exceptions import ValidationError

# Joins emoji, and is the one invisible character that names need.
JOINER = "\u200d"


def plain_name(name: str) -> None:
    """Refuse what would turn a name into a message: names go out in mails, subject included."""
    if not all(character.isprintable() or character == JOINER for character in name):
        raise ValidationError("A name is one line of visible characters.")
    if "://" in name or "www." in name.lower():
        raise ValidationError("A name is no web address. Leave out :// and www.")
