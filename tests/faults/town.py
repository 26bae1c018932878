"""The town a rig plays in: run as a program, bring the database up to date and print what clients need.

    python -m tests.faults.town

prints {"town": slug, "services": [slug, …]}.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

PACK = "generic"


def prepare() -> dict[str, object]:
    """Migrate the database and load a ready-made town; Django is set up already."""
    from django.conf import settings
    from django.core.management import call_command

    from moked.catalogue.models import Service
    from moked.notices.operations import publish_quiet_hours
    from moked.notices.rules import NEVER
    from moked.packs.loader import load

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    now = datetime.now(UTC)
    town = load(PACK, now=now)
    publish_quiet_hours(municipality_id=town.pk, hours=NEVER, by_user_id=None, now=now)
    services = Service.objects.filter(municipality=town).select_related("revision").order_by("id")
    return {"town": town.slug, "services": [one.slug for one in services if takes_words_alone(one)]}


def takes_words_alone(service) -> bool:
    """Tell whether the service asks for nothing that a report in words lacks."""
    from moked.catalogue.queries import questions_of
    from moked.catalogue.rules import PlaceNeed

    return service.place != PlaceNeed.NEEDED and not any(one.is_required for one in questions_of(service))


def main() -> int:
    """Prepare and say what was prepared; returns the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(prepare()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
