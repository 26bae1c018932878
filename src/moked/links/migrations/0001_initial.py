from django.db import migrations, models

import moked.base.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("municipality_id", models.BigIntegerField()),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("TRACKING", "Tracking"),
                            ("SURVEY", "Survey"),
                            ("FOLLOWING", "Following"),
                            ("HAND_OVER", "Hand Over"),
                            ("REPLY", "Reply"),
                            ("COLLEAGUE", "Colleague"),
                            ("NOTICES", "Notices"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(default=moked.base.ids.reference, max_length=20, unique=True)),
                ("object_id", models.BigIntegerField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("purpose", "object_id"), name="link_once")],
            },
        ),
    ]
