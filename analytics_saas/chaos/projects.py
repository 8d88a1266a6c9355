"""The projects of the load; as a program, it writes them and the tables into this DATA_DIR."""

import os

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Apia")
PROJECTS = [f"p_chaos{number:07d}" for number in range(1, 2 * len(ZONES) + 1)]


def project_of(identity: int) -> int:
    """Return the project (1 …) of the event with this id, mixed so that shards fill unevenly."""
    return (identity * 2_654_435_761 >> 7) % len(PROJECTS) + 1


def main() -> None:
    """Bring the engine up to date and fill the registry."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from projects import registry
    from projects.registry import ProjectRules

    call_command("migrate_clickhouse", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    registry.rebuild(
        ProjectRules(number, public_id, ZONES[number % len(ZONES)])
        for number, public_id in enumerate(PROJECTS, start=1)
    )


if __name__ == "__main__":
    main()
