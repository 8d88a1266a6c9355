"""Documents stay true to the code."""

import re

from analytics_saas.env import BASE_DIR


def test_every_setting_is_documented_and_every_documented_one_exists():
    """Names in env.py and in the table are the same set."""
    code = (BASE_DIR / "analytics_saas" / "env.py").read_text()
    read = set(re.findall(r'source\.\w+\(\s*"([A-Z_]+)"', code))
    table = (BASE_DIR / "docs" / "configuration.md").read_text()
    documented = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        documented |= set(re.findall(r"`([A-Z_]+)`", row))
    assert read == documented
    assert len(read) > 15


def test_every_path_of_the_map_exists():
    """ARCHITECTURE.md names nothing that is not there."""
    text = (BASE_DIR / "ARCHITECTURE.md").read_text()
    paths = re.findall(r"`((?:[a-z_]+/)+[\w.]*)`", text)
    assert len(paths) > 20
    assert [path for path in paths if not (BASE_DIR / path).exists()] == []
