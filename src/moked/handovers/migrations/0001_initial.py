import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moked.base.labels
import moked.handovers.rules


class Migration(migrations.Migration):
    replaces = [("handovers", "0001_hand_over")]

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExternalBody",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("language", models.CharField(default="", max_length=5)),
                ("email", models.CharField(default="", max_length=254)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("is_retired", models.BooleanField(default=False)),
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
                    models.UniqueConstraint(fields=("municipality", "code"), name="external_body_code")
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("SENT", "SENT"),
                            ("ACCEPTED", "ACCEPTED"),
                            ("ASKED", "ASKED"),
                            ("DONE", "DONE"),
                            ("NOT_OURS", "NOT_OURS"),
                            ("WITHDRAWN", "WITHDRAWN"),
                            ("GIVEN_UP", "GIVEN_UP"),
                        ],
                        default=moked.handovers.rules.State["SENT"],
                        max_length=9,
                    ),
                ),
                ("message", models.TextField(default="")),
                ("handed_at", models.DateTimeField()),
                ("answer_due_at", models.DateTimeField()),
                ("remind_at", models.DateTimeField()),
                ("reminded_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("submission", models.CharField(max_length=64, null=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="handovers.externalbody",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
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
                        condition=models.Q(("reminded_at__isnull", True), ("state", "SENT")),
                        fields=["remind_at", "id"],
                        name="hand_over_to_remind",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    moked.handovers.rules.State["SENT"],
                                    moked.handovers.rules.State["ACCEPTED"],
                                    moked.handovers.rules.State["ASKED"],
                                ),
                            )
                        ),
                        fields=("case",),
                        name="hand_over_one_open",
                    ),
                    models.UniqueConstraint(
                        fields=("municipality", "submission"), name="hand_over_submitted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["SENT", "ACCEPTED", "ASKED", "DONE", "NOT_OURS", "WITHDRAWN", "GIVEN_UP"],
                            )
                        ),
                        name="hand_over_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
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
                            ("ACCEPTED", "ACCEPTED"),
                            ("ASKED", "ASKED"),
                            ("WROTE", "WROTE"),
                            ("TOLD", "TOLD"),
                            ("DONE", "DONE"),
                            ("NOT_OURS", "NOT_OURS"),
                        ],
                        max_length=8,
                    ),
                ),
                ("words", models.TextField(default="")),
                ("is_late", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("submission", models.CharField(max_length=64, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "hand_over",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="handovers.handover"
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("hand_over", "submission"), name="statement_submitted_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BodyMail",
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
                            ("BODY_HAND_OVER", "BODY_HAND_OVER"),
                            ("BODY_REMINDER", "BODY_REMINDER"),
                            ("BODY_REPLY", "BODY_REPLY"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PLANNED", "Planned"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                            ("DROPPED", "Dropped"),
                        ],
                        default="PLANNED",
                        max_length=8,
                    ),
                ),
                ("planned_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(default="", max_length=200)),
                ("message_id", models.CharField(db_default="", default="", max_length=200)),
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
                    "hand_over",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="handovers.handover"
                    ),
                ),
                (
                    "statement",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="handovers.statement",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["PLANNED", "FAILED"])),
                        fields=["municipality", "id"],
                        name="body_mail_not_arrived",
                    ),
                    models.Index(fields=["message_id"], name="body_mail_by_message_id"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("statement__isnull", True)),
                        fields=("hand_over", "kind"),
                        name="body_mail_once",
                    )
                ],
            },
        ),
    ]
