import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moked.base.labels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("residents", "0001_initial"),
        ("revisions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QuietTime",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begins", models.PositiveSmallIntegerField()),
                ("ends", models.PositiveSmallIntegerField()),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="revisions.revision"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.BigIntegerField()),
                ("channel", models.CharField(max_length=10)),
                ("kind", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PLANNED", "Planned"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                            ("DROPPED", "Dropped"),
                            ("BOUNCED", "Bounced"),
                            ("DELIVERED", "Delivered"),
                        ],
                        default="PLANNED",
                        max_length=9,
                    ),
                ),
                ("state_at", models.DateTimeField(null=True)),
                ("message_id", models.CharField(default="", max_length=200)),
                ("planned_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(default="", max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.contact",
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
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "told_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case", "id"], name="notice_by_case"),
                    models.Index(fields=["message_id"], name="notice_by_message_id"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("event_id", "recipient", "channel"), name="notice_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=5)),
                ("is_default", models.BooleanField(default=True)),
                ("subject", models.CharField(default="", max_length=200)),
                ("body", models.TextField(default="")),
                ("labels", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                (
                    "municipality",
                    models.ForeignKey(
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "kind", "language"), name="notice_text_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("AT_RISK", "AT_RISK"),
                            ("BROKEN", "BROKEN"),
                            ("URGENT", "URGENT"),
                            ("BODY_ANSWERED", "BODY_ANSWERED"),
                            ("REACTED", "REACTED"),
                            ("BOUNCED", "BOUNCED"),
                            ("RESIDENT_WROTE", "RESIDENT_WROTE"),
                            ("PRAISED", "PRAISED"),
                        ],
                        max_length=16,
                    ),
                ),
                ("what", models.CharField(default="", max_length=16)),
                ("level", models.CharField(default="", max_length=12)),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "mail_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("PLANNED", "Planned"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                            ("DROPPED", "Dropped"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.contact",
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
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "municipality", "-id"], name="staff_notice_of"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user", "municipality"],
                        name="staff_notice_unread",
                    ),
                ],
            },
        ),
    ]
