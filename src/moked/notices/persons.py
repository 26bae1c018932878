"""Tell one person once, even one known as several residents."""

from moked.notices.models import Notice
from moked.residents.queries import rows_of


def is_told_already(notice: Notice) -> bool:
    """Tell whether an earlier notice tells the same person of the same event on the same channel.

    Residents are merged at any time, also between planning and sending. Which of two is sent depends on
    nothing but their order, so that two workers at the same moment agree.
    """
    earlier = Notice.objects.filter(event_id=notice.event_id, channel=notice.channel, id__lt=notice.pk)
    told = earlier.filter(state__in=(Notice.State.PLANNED, Notice.State.SENT, Notice.State.DELIVERED))
    return told.filter(recipient__in=rows_of([notice.recipient])).exists()
