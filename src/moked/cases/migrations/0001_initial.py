import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import moked.base.labels
import moked.cases.rules
import moked.catalogue.rules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("files", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("places", "0001_initial"),
        ("residents", "0001_initial"),
        ("revisions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=12, null=True)),
                ("kind", models.CharField(max_length=10)),
                ("state", models.CharField(default=moked.cases.rules.State["RECEIVED"], max_length=20)),
                ("is_open", models.BooleanField(default=True)),
                (
                    "priority",
                    models.CharField(
                        choices=[
                            ("LOW", "LOW"),
                            ("NORMAL", "NORMAL"),
                            ("HIGH", "HIGH"),
                            ("URGENT", "URGENT"),
                        ],
                        db_default=moked.catalogue.rules.Priority["NORMAL"],
                        default=moked.catalogue.rules.Priority["NORMAL"],
                        max_length=6,
                    ),
                ),
                ("danger", models.CharField(db_default="", default="", max_length=80)),
                ("advice", models.TextField(db_default="", default="")),
                ("is_spam", models.BooleanField(default=False)),
                ("title", models.CharField(max_length=100)),
                ("language", models.CharField(max_length=5)),
                ("channel", models.CharField(max_length=10)),
                ("opened_at", models.DateTimeField()),
                ("queue_at", models.DateTimeField()),
                ("queue_for", models.CharField(db_default="", default="", max_length=16)),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(default="", max_length=24)),
                ("closing_is_dated", models.BooleanField(default=True)),
                ("closings", models.PositiveSmallIntegerField(default=0)),
                ("was_reopened", models.BooleanField(default=False)),
                ("awaits_answer", models.BooleanField(default=False)),
                ("origin", models.CharField(default=moked.cases.rules.Origin["RESIDENT"], max_length=8)),
                ("address", models.CharField(default="", max_length=200)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("position_source", models.CharField(default="", max_length=8)),
                ("is_outside", models.BooleanField(default=False)),
                ("is_public", models.BooleanField(default=False)),
                ("public_title", models.CharField(default="", max_length=100)),
                ("promised_at", models.DateTimeField(null=True)),
                ("promise_words", models.TextField(db_default="", default="")),
                ("promise_state", models.CharField(default="", max_length=8)),
                ("follow_up_at", models.DateTimeField(null=True)),
                ("scheduled_at", models.DateTimeField(null=True)),
                ("joined", models.PositiveIntegerField(default=0)),
                ("awaits_check", models.BooleanField(default=False)),
                ("is_imported", models.BooleanField(default=False)),
                ("closed_at_first_contact", models.BooleanField(default=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.department",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
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
                (
                    "revision",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="revisions.revision",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.service",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["municipality", "queue_at", "id"],
                        name="case_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["municipality", "department", "queue_at", "id"],
                        name="case_department_queue",
                    ),
                    models.Index(
                        condition=models.Q(("assignee__isnull", False), ("is_open", True)),
                        fields=["assignee", "queue_at", "id"],
                        name="case_assignee_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("team__isnull", False)),
                        fields=["team", "queue_at", "id"],
                        name="case_team_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["service", "queue_at", "id"],
                        name="case_service_queue",
                    ),
                    models.Index(
                        condition=models.Q(("assignee__isnull", True), ("is_open", True)),
                        fields=["municipality", "queue_at", "id"],
                        name="case_unassigned_queue",
                    ),
                    models.Index(
                        condition=models.Q(("awaits_answer", True), ("is_open", True)),
                        fields=["municipality", "queue_at", "id"],
                        name="case_awaiting_queue",
                    ),
                    models.Index(
                        condition=models.Q(("awaits_check", True), ("is_open", True)),
                        fields=["municipality", "queue_at", "id"],
                        name="case_check_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("is_outside", True)),
                        fields=["municipality", "queue_at", "id"],
                        name="case_outside_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("latitude__isnull", False)),
                        fields=["service", "latitude"],
                        name="case_nearby",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("promise_state", "BROKEN")),
                        fields=["municipality", "promised_at"],
                        name="case_broken",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("promise_state", "BROKEN")),
                        fields=["municipality", "department", "promised_at"],
                        name="case_broken_of_department",
                    ),
                    models.Index(
                        condition=models.Q(("follow_up_at__isnull", False), ("is_open", True)),
                        fields=["follow_up_at", "id"],
                        name="case_follow_up",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("is_spam", False)),
                        fields=["municipality", "state"],
                        name="case_open_by_state",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("is_open", True), ("is_spam", False), ("promise_state", "BROKEN")
                        ),
                        fields=["municipality"],
                        name="case_broken_counted",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True), ("is_spam", False), ("priority", "URGENT")),
                        fields=["opened_at", "id"],
                        name="case_urgent",
                    ),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="case_merged_here",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "number"), name="case_number"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", True),
                                ("is_open", True),
                                (
                                    "state__in",
                                    (
                                        moked.cases.rules.State["RECEIVED"],
                                        moked.cases.rules.State["IN_PROGRESS"],
                                        moked.cases.rules.State["SCHEDULED"],
                                        moked.cases.rules.State["WAITING_FOR_RESIDENT"],
                                        moked.cases.rules.State["WITH_EXTERNAL_BODY"],
                                    ),
                                ),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("is_open", False),
                                (
                                    "state__in",
                                    (
                                        moked.cases.rules.State["RESOLVED"],
                                        moked.cases.rules.State["DECLINED"],
                                        moked.cases.rules.State["WITHDRAWN"],
                                        moked.cases.rules.State["MERGED"],
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="case_open_or_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("merged_into__isnull", False), ("state", moked.cases.rules.State["MERGED"])
                            ),
                            models.Q(
                                models.Q(("state", moked.cases.rules.State["MERGED"]), _negated=True),
                                ("merged_into__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="case_merged_into_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                            _connector="OR",
                        ),
                        name="case_position_on_earth",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("value", models.JSONField(encoder=moked.base.labels.ReadableEncoder)),
                ("is_public", models.BooleanField(default=False)),
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
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("case", "code"), name="answer_once")],
            },
        ),
        migrations.CreateModel(
            name="CaseArea",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.area"
                    ),
                ),
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
                "constraints": [models.UniqueConstraint(fields=("case", "area"), name="case_area_once")],
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
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
                            ("RELATED", "RELATED"),
                            ("SUGGESTED", "SUGGESTED"),
                            ("SPLIT_FROM", "SPLIT_FROM"),
                            ("FOLLOWS", "FOLLOWS"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
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
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "other", "kind"), name="case_link_once"),
                    models.CheckConstraint(
                        condition=models.Q(("case", models.F("other")), _negated=True),
                        name="case_link_two_cases",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("actor_kind", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
                ("before", models.CharField(default="", max_length=60)),
                ("after", models.CharField(default="", max_length=60)),
                ("reason", models.CharField(default="", max_length=60)),
                (
                    "actor",
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
        ),
        migrations.CreateModel(
            name="Check",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outcome", models.CharField(max_length=24)),
                ("message", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("confirmed", models.BooleanField(null=True)),
                ("submission", models.CharField(max_length=64, null=True)),
                (
                    "asked_by",
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
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        condition=models.Q(("confirmed__isnull", True)),
                        fields=("case",),
                        name="check_one_open",
                    ),
                    models.UniqueConstraint(
                        fields=("municipality", "submission"), name="check_submitted_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("direction", models.CharField(choices=[("IN", "In"), ("OUT", "Out")], max_length=3)),
                ("channel", models.CharField(max_length=10)),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("submission", models.CharField(max_length=64, null=True)),
                ("is_automatic", models.BooleanField(db_default=False, default=False)),
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
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
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
                (
                    "resident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["case", "at", "id"], name="contact_timeline")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "submission"), name="contact_submitted_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
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
                        choices=[("REPORT", "REPORT"), ("CONTACT", "CONTACT"), ("PROOF", "PROOF")],
                        max_length=8,
                    ),
                ),
                ("is_public", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
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
            ],
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField()),
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
                    models.UniqueConstraint(fields=("municipality", "year"), name="counter_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.change",
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
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("change__isnull", True), ("contact__isnull", False)),
                            models.Q(("change__isnull", False), ("contact__isnull", True)),
                            _connector="OR",
                        ),
                        name="document_came_with_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Label",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(db_index=False, max_length=40)),
                ("name", models.JSONField(default=dict, encoder=moked.base.labels.ReadableEncoder)),
                ("unique_name", models.CharField(max_length=120)),
                (
                    "colour",
                    models.CharField(
                        choices=[
                            ("BLUE", "BLUE"),
                            ("TEAL", "TEAL"),
                            ("GREEN", "GREEN"),
                            ("AMBER", "AMBER"),
                            ("RED", "RED"),
                            ("VIOLET", "VIOLET"),
                        ],
                        default="",
                        max_length=6,
                    ),
                ),
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
                    models.UniqueConstraint(fields=("municipality", "code"), name="label_code"),
                    models.UniqueConstraint(fields=("municipality", "unique_name"), name="label_name_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Merging",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state_before", models.CharField(max_length=20)),
                ("follow_up_before", models.DateTimeField(null=True)),
                ("awaited_before", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
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
                    "into",
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
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("case",),
                        name="merging_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("case", models.F("into")), _negated=True),
                        name="merging_two_cases",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "label",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.label",
                    ),
                ),
                (
                    "merging",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.merging",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["label", "case"], name="case_label_cases")],
                "constraints": [models.UniqueConstraint(fields=("case", "label"), name="case_label_once")],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.TextField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "submission"), name="note_submitted_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(default="", max_length=5)),
                (
                    "role",
                    models.CharField(
                        choices=[("REPORTER", "Reporter"), ("FOLLOWER", "Follower")], max_length=8
                    ),
                ),
                ("name", models.CharField(default="", max_length=120)),
                ("email", models.CharField(default="", max_length=254)),
                ("phone", models.CharField(default="", max_length=254)),
                (
                    "wants",
                    models.CharField(
                        choices=[
                            ("EVERYTHING", "EVERYTHING"),
                            ("OUTCOME", "OUTCOME"),
                            ("NOTHING", "NOTHING"),
                        ],
                        db_default=moked.cases.rules.Wants["EVERYTHING"],
                        default=moked.cases.rules.Wants["EVERYTHING"],
                        max_length=10,
                    ),
                ),
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
                    "merging",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.merging",
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
                    "resident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("case", "resident"), name="participant_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="follower",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.participant",
            ),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=12)),
                ("opened_at", models.DateTimeField()),
                ("is_open", models.BooleanField(default=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("led_to_reopening", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        condition=models.Q(("is_open", True)),
                        fields=["municipality", "opened_at", "id"],
                        name="review_queue",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_open", True)), fields=("case",), name="review_one_open"
                    )
                ],
            },
        ),
    ]
