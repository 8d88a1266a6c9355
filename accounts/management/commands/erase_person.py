"""`manage.py erase_person ADDRESS`: remove a person and forget their name."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts.errors import Refused
from accounts.models import User
from accounts.services.erasure import Erasure, erase_person, plan_erasure


class Command(BaseCommand):
    """Say what goes, then let it go."""

    help = "Erase a person: account, memberships, sessions, addresses; logs forget the name."

    def add_arguments(self, parser: CommandParser) -> None:
        """One address, and whether to look only."""
        parser.add_argument("address", help="any of the person's addresses")
        parser.add_argument("--dry-run", action="store_true", help="say what would go")

    def handle(self, *args: Any, address: str, dry_run: bool, **options: Any) -> None:
        """Print what was or would be removed."""
        mine = Q(email__iexact=address) | Q(
            emailaddress__email__iexact=address, emailaddress__verified=True
        )
        person = User.objects.filter(mine).distinct().first()
        if person is None:
            raise CommandError(f"no account has the address {address}")
        if dry_run:
            self._tell(plan_erasure(person=person), "would go")
            return
        try:
            self._tell(erase_person(person=person), "gone")
        except Refused as refused:
            raise CommandError(refused.message) from None

    def _tell(self, plan: Erasure, word: str) -> None:
        counts = {
            "addresses": len(plan.addresses),
            "memberships": plan.memberships,
            "organizations of theirs alone": len(plan.alone),
            "tokens": plan.tokens,
            "open invitations": plan.invitations,
            "sessions": len(plan.sessions),
            "log lines that named them": plan.log_lines,
        }
        for what, count in counts.items():
            self.stdout.write(f"{count:>6} {what} {word}")
        for one in plan.stranded:
            self.stdout.write(
                f"refused: the only owner of {one.name} ({one.public_id}), which others belong "
                "to: make another member an owner first, or delete the organization"
            )
