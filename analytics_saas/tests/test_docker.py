"""The images and the compose file name only what exists, as far as that shows without Docker."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from analytics_saas.embedded.roles import READER_CAPS
from analytics_saas.env import BASE_DIR
from analytics_saas.redis import CACHE_NEEDS, QUEUE_NEEDS, wrong_settings

DOCKER = BASE_DIR / "docker"
ROLES = {"web", "collector", "drain", "worker", "beat", "dbt"}


def instructions():
    """Each instruction of the Dockerfile as (name, rest), continued lines joined."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


def stages():
    """The names of all build stages in their order."""
    return [rest.split()[2] for name, rest in instructions() if name == "FROM"]


def compose():
    """The compose file with its anchors resolved."""
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


def settings():
    """Every name that env.py reads."""
    code = (BASE_DIR / "analytics_saas" / "env.py").read_text()
    return set(re.findall(r'source\.\w+\(\s*"([A-Z_]+)"', code))


def example():
    """Every name of env.example."""
    return set(re.findall(r"^([A-Z_]+)=", (DOCKER / "env.example").read_text(), re.MULTILINE))


def test_every_role_is_a_target_and_every_stage_stands_on_an_earlier_one():
    """An argument may name an image from outside."""
    known = []
    arguments = [f"${{{rest.split('=')[0]}}}" for name, rest in instructions() if name == "ARG"]
    for name, rest in instructions():
        if name == "FROM":
            base, _, stage = rest.split()
            assert base in [*known, *arguments]
            known.append(stage)
        if source := re.search(r"--from=(\S+)", rest):
            assert source.group(1) in known
    assert set(known) >= ROLES


def test_every_copied_file_is_in_the_repository():
    """But for what an earlier stage made."""
    copied = [rest.split() for name, rest in instructions() if name == "COPY"]
    sources = [s for words in copied if "--from" not in words[0] for s in words[:-1]]
    assert len(sources) > 5
    assert [source for source in sources if not (BASE_DIR / source).exists()] == []


def test_images_run_without_root_and_without_the_embedded_stores():
    """Only the base set is installed, by hash; every role that serves is probed."""
    text = (DOCKER / "Dockerfile").read_text()
    assert "embedded" not in text
    assert text.count("--require-hashes") == 2
    assert text.index("USER daysalt") < text.index("AS web")
    assert text.count("/healthz") == text.count("HEALTHCHECK") == 3


@pytest.mark.parametrize("name", compose()["services"])
def test_a_service_names_only_what_exists(name):
    """Its image or target, what it waits for, its volumes and its settings."""
    document = compose()
    service = document["services"][name]
    if "build" in service:
        assert service["build"]["target"] in stages()
        assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).exists()
        assert set(service["environment"]) <= settings()
    else:
        assert re.fullmatch(r"[a-z/-]+:[\w.-]+", service["image"])
        assert "healthcheck" in service
    for other, condition in service.get("depends_on", {}).items():
        target = document["services"][other]
        healthy = condition["condition"] == "service_healthy"
        assert "healthcheck" in target if healthy else target["restart"] == "no"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (DOCKER / source).exists() if "/" in source else source in document["volumes"]


def test_every_variable_is_in_the_example_or_has_a_default():
    """And the example names nothing that nobody reads."""
    text = (DOCKER / "compose.yml").read_text()
    used = dict(re.findall(r"\$\{([A-Z_]+)(:[-?])?", text))
    assert {name for name, rule in used.items() if rule != ":-"} <= example()
    assert example() <= set(used)
    assert example() - settings() == {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize(("name", "needed"), [("queue", QUEUE_NEEDS), ("cache", CACHE_NEEDS)])
def test_both_valkeys_pass_the_check_that_roles_make_at_their_start(name, needed):
    """The options on their command lines, read as the server would."""
    words = compose()["services"][name]["command"][1:]
    keys = [word.removeprefix("--") for word in words[::2]]
    found = dict(zip(keys, words[1::2], strict=True))
    assert wrong_settings(needed, found) == []
    assert needed.keys() <= found.keys()


def test_the_readers_limits_are_those_of_the_embedded_front():
    """Constant on the server, so that a query cannot raise them; no grant opens the outside."""
    root = ElementTree.parse(DOCKER / "clickhouse" / "users.xml").getroot()
    reader = root.find("profiles/reader")
    assert reader.findtext("readonly") == "2"
    for name, value in READER_CAPS.items():
        assert reader.findtext(name) == value
        assert reader.find(f"constraints/{name}/const") is not None
    grants = [query.text for query in root.findall("users/reader/grants/query")]
    assert grants == ["GRANT SELECT ON daysalt.*"]
