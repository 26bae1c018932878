"""`manage.py remove_second_factors ADDRESS`: let the last administrator in again."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moked.accounts.models import User
from moked.accounts.operations import remove_second_factors_on_the_server


class Command(BaseCommand):
    help = "Remove a person's passkeys, authenticator app and recovery codes, and sign them out everywhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the e-mail address the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["address"])
        except User.DoesNotExist:
            raise CommandError("Nobody signs in with this address.") from None
        remove_second_factors_on_the_server(user_id=user.pk, now=datetime.now(UTC))
        self.stdout.write("Done. The person signs in with the password and sets up a second factor anew.")
