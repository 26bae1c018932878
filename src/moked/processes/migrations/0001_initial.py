import django.db.models.deletion
from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Echo",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("municipality_id", models.BigIntegerField()),
                ("codes", models.CharField(max_length=250)),
            ],
        ),
        migrations.CreateModel(
            name="ReactionSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.JSONField(default=list, encoder=moked.base.labels.ReadableEncoder)),
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Firing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("DONE", "Done"),
                            ("NO_EFFECT", "No Effect"),
                            ("PASSED_OVER", "Passed Over"),
                            ("FAILED", "Failed"),
                            ("TARGET_GONE", "Target Gone"),
                            ("CHAIN_ENDED", "Chain Ended"),
                        ],
                        default="DONE",
                        max_length=12,
                    ),
                ),
                ("problem", models.CharField(default="", max_length=40)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("result__in", ["FAILED", "TARGET_GONE", "CHAIN_ENDED"])),
                        fields=["municipality", "code", "at"],
                        name="firing_not_done",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("case", "code", "key"), name="firing_once")],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("due_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["due_at", "id"], name="timer_due")],
                "constraints": [models.UniqueConstraint(fields=("case", "code"), name="timer_once")],
            },
        ),
    ]
