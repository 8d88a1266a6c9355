"""The text form of a token."""

import zlib

import pytest

from accounts.tokens import secret


@pytest.mark.parametrize("kind", secret.STARTS)
def test_a_token_is_its_kind_thirty_random_characters_and_a_checksum(kind):
    """41 characters in all, and never the same twice."""
    text = secret.new_secret(kind)
    assert text.startswith(kind) and len(text) == 41
    assert secret.is_well_formed(text)
    assert text != secret.new_secret(kind)


def test_the_checksum_is_the_crc32_of_what_stands_before_it():
    """So that a scanner of leaked secrets can check it without us."""
    text = secret.new_secret(secret.ORGANIZATION_KIND)
    number = 0
    for digit in text[-6:]:
        number = number * 62 + secret.BASE62.index(digit)
    assert number == zlib.crc32(text[:-6].encode())


def test_every_slip_of_one_character_is_noticed():
    """Whichever place and whatever character."""
    text = secret.new_secret(secret.PROJECTS_KIND)
    for place in range(len(text)):
        for other in "aZ0_":
            if text[place] != other:
                assert not secret.is_well_formed(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("wrong", ["", "ds_", "ds_o_", "ds_x_" + "a" * 36, "ds_o_" + "a" * 37])
def test_other_forms_are_no_tokens(wrong):
    """Too short, too long, or of no kind that exists."""
    assert not secret.is_well_formed(wrong)


def test_a_trailing_newline_is_no_part_of_a_token():
    """`$` would let one pass."""
    assert not secret.is_well_formed(secret.new_secret(secret.ORGANIZATION_KIND) + "\n")
