"""`manage.py create_demo`: an account, a project, and four weeks of traffic to look at."""

import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.core.management import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.principal import Principal
from accounts.services import confirm_address, create_person_organization
from analytics_saas.demo.sender import Refused, send_traffic
from analytics_saas.demo.traffic import make_traffic
from analytics_saas.env import env
from projects.access import visible_projects
from projects.models import Project
from projects.services import create_project, withdraw_project

ADDRESS = "demo@example.com"
DOMAIN = "demo.example.com"
ZONE = "Europe/Berlin"
DAYS = 28


class Command(BaseCommand):
    """Fill a project through the collector's own code, with its clock set back."""

    help = "Create a demo account and a project with four weeks of traffic."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--again` makes another project beside what is there."""
        parser.add_argument("--again", action="store_true", help="make another demo project")
        parser.add_argument("--days", type=int, default=DAYS, help="how many days of traffic")

    def handle(self, *args: Any, again: bool, days: int, **options: Any) -> None:
        """Print where to look and how to log in."""
        if not env.dev_clock:
            raise CommandError("the demo sends past traffic: run `make demo`, or set DEV_CLOCK=1")
        person, password = self._person()
        known = visible_projects(Principal(user=person)).filter(domain=DOMAIN)
        project = None if again else known.first()
        if project is None:
            organization = person.organizations.earliest("pk")
            project = create_project(
                organization=organization, name="Demo site", domain=DOMAIN, time_zone=ZONE
            )
            try:
                self._fill(project, days)
            except BaseException as error:
                # The next run would take a project with half of its traffic for a whole one.
                withdraw_project(project=project)
                if isinstance(error, Refused | redis.RedisError | ClickHouseError):
                    raise CommandError(f"the demo could not be sent: {error}") from None
                raise
        self.stdout.write(
            f"\nDemo: {env.web_origin}/projects/{project.public_id}/\n"
            f"Log in as {ADDRESS} with the password {password}\n\n"
        )

    def _person(self) -> tuple[User, str]:
        """Return the demo account with a fresh password, which is told on the terminal only."""
        person = User.objects.filter(email=ADDRESS).first()
        if person is None:
            person = User.objects.create_user(ADDRESS)
            create_person_organization(person=person)
            confirm_address(person=person)
        password = secrets.token_urlsafe(9)
        person.set_password(password)
        person.save()
        return person, password

    def _fill(self, project: Project, days: int) -> None:
        now = datetime.now(UTC)
        # Each demo has moments of its own: its batches are told apart by their times alone.
        beacons = make_traffic(project.public_id, DOMAIN, ZoneInfo(ZONE), now, days, project.pk)
        self.stdout.write(f"Sending {days} days of traffic through the collector …")
        for count, moment in send_traffic(beacons):
            self.stdout.write(f"  {count:>6} events, up to {moment:%d %B %H:%M}")
