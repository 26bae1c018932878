"""What can be searched, a row for each thing, beside an index that the database keeps of the rows' words."""

from django.db import models


class Document(models.Model):
    """The words of one thing, in the form they are compared in; `rules.comparable` makes it.

    `recency` orders the documents, the newest highest. `scope` is the part of the town that has the thing,
    which narrows a search; who may see what is found is not decided here. `people` are words that name or
    reach a person, and not everybody may find by them.
    """

    recency = models.BigIntegerField(primary_key=True)
    municipality_id = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    object_id = models.BigIntegerField()
    scope = models.BigIntegerField(null=True)
    text = models.TextField()
    people = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="document_once")]
        indexes = [
            models.Index(fields=["municipality_id", "kind", "recency"], name="document_newest"),
            models.Index(fields=["municipality_id", "kind", "scope", "recency"], name="document_in_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
