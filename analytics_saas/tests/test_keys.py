"""Keys that an operator brings, and those made for development."""

import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from analytics_saas.env import read_env
from analytics_saas.keys import is_private_key, new_private_key


def pem(key, encryption=None):
    """A key as text."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        encryption or serialization.NoEncryption(),
    ).decode()


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path):
    """In development, under DATA_DIR."""
    made = read_env({"DATA_DIR": str(tmp_path)}).jwt_private_key
    assert is_private_key(made)
    assert read_env({"DATA_DIR": str(tmp_path)}).jwt_private_key == made
    path = tmp_path / "secrets" / "jwt_private_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_comes_as_text_or_as_a_path(tmp_path):
    """Line breaks may be written as backslash and n."""
    key = new_private_key().strip()
    (tmp_path / "key.pem").write_text(key)
    for given in (key, key.replace("\n", "\\n"), str(tmp_path / "key.pem")):
        found = read_env({"DATA_DIR": str(tmp_path), "JWT_PRIVATE_KEY": given})
        assert found.jwt_private_key == key


def test_production_makes_no_key(tmp_path):
    """Each process would make its own."""
    given = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 32, "DEBUG": "off"}
    assert read_env(given).jwt_private_key == ""


def test_a_key_that_will_not_do_is_one_sentence(tmp_path):
    """Too short, of another kind, with a password, no key, no file; nothing of it is repeated."""
    short = pem(rsa.generate_private_key(public_exponent=65_537, key_size=1_024))
    locked = serialization.BestAvailableEncryption(b"hidden")
    password = pem(ec.generate_private_key(ec.SECP256R1()), locked)
    curve = pem(ec.generate_private_key(ec.SECP256R1()))
    for wrong in (short, password, curve, "-----BEGIN hidden", str(tmp_path / "none"), "hidden"):
        with pytest.raises(SystemExit) as stopped:
            read_env({"DATA_DIR": str(tmp_path), "JWT_PRIVATE_KEY": wrong})
        sentence = stopped.value.code
        assert sentence.startswith("daysalt: bad configuration: JWT_PRIVATE_KEY must be")
        assert "hidden" not in sentence and "\n" not in sentence
