from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("municipality_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                (
                    "state",
                    models.CharField(
                        choices=[("DRAFT", "Draft"), ("PUBLISHED", "Published"), ("RETIRED", "Retired")],
                        default="DRAFT",
                        max_length=10,
                    ),
                ),
                ("author_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "object_id", "number"), name="revision_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PUBLISHED")),
                        fields=("kind", "object_id"),
                        name="revision_one_published",
                    ),
                ],
            },
        ),
    ]
