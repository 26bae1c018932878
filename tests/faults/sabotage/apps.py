"""Put the sabotage in place of the defence, once, at start."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tests.faults.sabotage import FAILPOINTS, FAILPOINTS_OF_MAIL


class SabotageConfig(AppConfig):
    name = "tests.faults.sabotage"

    def ready(self) -> None:
        """Remove the defence that FAILPOINT names; raises ImproperlyConfigured for one we do not know."""
        if not settings.FAILPOINT:
            return
        known = sorted({*FAILPOINTS, *FAILPOINTS_OF_MAIL})
        if settings.FAILPOINT not in known:
            raise ImproperlyConfigured(f"FAILPOINT must be one of: {', '.join(known)}.")
        from tests.faults.sabotage import early_answer, early_mark, mailbox, no_lease

        removals = {
            "ack-before-commit": early_answer.remove_throttle,
            "send-without-lease": no_lease.remove_leases,
            "mark-sent-before-send": early_mark.mark_first,
            "send-when-woken": no_lease.never_ask,
            "pass-by-before-keeping": mailbox.pass_by_first,
            "forget-what-was-kept": mailbox.recognise_nothing,
        }
        removals[settings.FAILPOINT]()
