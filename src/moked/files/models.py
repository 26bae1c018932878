"""Files as they are stored. Whose they are and who may see them is told by what refers to them."""

from django.db import models
from django.db.models import Q

from moked.base.ids import reference

LONGEST_MEDIA_TYPE = 100
KEY_LENGTH = 26  # of 31 letters: 128 bits


def new_key() -> str:
    """Return a name for a file that nobody can guess."""
    return reference(KEY_LENGTH)


class StoredFile(models.Model):
    """A photo in all its sizes, or another file as it came, which has neither width nor height.

    Size, digest, width and height of a photo are those of the large one. Unclaimed ones belong to somebody
    who has not sent their words yet, and are swept after a day.
    """

    municipality_id = models.BigIntegerField()
    key = models.CharField(max_length=KEY_LENGTH, unique=True, default=new_key)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=LONGEST_MEDIA_TYPE)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(claimed_at=None), name="file_unclaimed"),
        ]
