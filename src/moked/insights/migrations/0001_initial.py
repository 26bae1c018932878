import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("municipalities", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reckoning",
            fields=[
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="municipalities.municipality",
                    ),
                ),
                ("generation", models.PositiveIntegerField(default=0)),
                ("version", models.CharField(default="", max_length=20)),
                ("as_of", models.DateTimeField(null=True)),
                ("months", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="CaseFact",
            fields=[
                ("case_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("generation", models.PositiveIntegerField()),
                ("is_confidential", models.BooleanField()),
                ("channel", models.CharField(max_length=10)),
                ("assignee_id", models.BigIntegerField(null=True)),
                ("resident_id", models.BigIntegerField(null=True)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("opened_on", models.DateField()),
                (
                    "standing",
                    models.CharField(
                        choices=[("OPEN", "OPEN"), ("CLOSED", "CLOSED"), ("MERGED", "MERGED")], max_length=6
                    ),
                ),
                ("closed_on", models.DateField(null=True)),
                ("minutes_to_answer", models.PositiveIntegerField(null=True)),
                ("minutes_to_close", models.PositiveIntegerField(null=True)),
                (
                    "promise",
                    models.CharField(
                        choices=[("KEPT", "KEPT"), ("BROKEN", "BROKEN")], default="", max_length=6
                    ),
                ),
                ("rating", models.PositiveSmallIntegerField(null=True)),
                ("was_reopened", models.BooleanField()),
                ("is_repeat", models.BooleanField()),
                ("ended_at_once", models.BooleanField()),
                ("is_first_contact", models.BooleanField()),
                ("is_waiting", models.BooleanField(db_default=False, default=False)),
                ("was_handed_over", models.BooleanField(db_default=False, default=False)),
                ("set_aside_on", models.DateField(null=True)),
                ("working_to_answer", models.PositiveIntegerField(null=True)),
                ("working_to_end", models.PositiveIntegerField(null=True)),
                ("urgent_to_answer", models.PositiveIntegerField(null=True)),
                (
                    "answer_promise",
                    models.CharField(
                        choices=[("KEPT", "KEPT"), ("BROKEN", "BROKEN")],
                        db_default="",
                        default="",
                        max_length=6,
                    ),
                ),
                (
                    "end_promise",
                    models.CharField(
                        choices=[("KEPT", "KEPT"), ("BROKEN", "BROKEN")],
                        db_default="",
                        default="",
                        max_length=6,
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.area",
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
                    "municipality",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipalities.municipality",
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
                    models.Index(fields=["municipality", "opened_on", "case_id"], name="case_fact_by_day"),
                    models.Index(
                        condition=models.Q(("standing", "OPEN")),
                        fields=["municipality", "opened_on", "department", "service"],
                        name="case_fact_open",
                    ),
                    models.Index(
                        condition=models.Q(("resident_id__isnull", False)),
                        fields=["resident_id", "opened_at"],
                        name="case_fact_of_resident",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("month", models.DateField()),
                (
                    "dimension",
                    models.CharField(
                        choices=[
                            ("TOTAL", "TOTAL"),
                            ("SERVICE", "SERVICE"),
                            ("AREA", "AREA"),
                            ("CHANNEL", "CHANNEL"),
                            ("PERSON", "PERSON"),
                            ("TEAM", "TEAM"),
                        ],
                        max_length=10,
                    ),
                ),
                ("value", models.CharField(max_length=20)),
                ("department_id", models.BigIntegerField()),
                ("confidential_id", models.BigIntegerField()),
                ("received", models.IntegerField(default=0)),
                ("open", models.IntegerField(default=0)),
                ("repeat", models.IntegerField(default=0)),
                ("closed", models.IntegerField(default=0)),
                ("promised", models.IntegerField(default=0)),
                ("kept", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("first_contact", models.IntegerField(default=0)),
                ("rated_1", models.IntegerField(default=0)),
                ("rated_2", models.IntegerField(default=0)),
                ("rated_3", models.IntegerField(default=0)),
                ("rated_4", models.IntegerField(default=0)),
                ("rated_5", models.IntegerField(default=0)),
                ("answering", models.BinaryField(default=b"")),
                ("closing", models.BinaryField(default=b"")),
                ("waiting", models.IntegerField(db_default=0, default=0)),
                ("answer_promised", models.IntegerField(db_default=0, default=0)),
                ("answer_kept", models.IntegerField(db_default=0, default=0)),
                ("finished", models.IntegerField(db_default=0, default=0)),
                ("end_promised", models.IntegerField(db_default=0, default=0)),
                ("end_kept", models.IntegerField(db_default=0, default=0)),
                ("handed_over", models.IntegerField(db_default=0, default=0)),
                ("set_aside", models.IntegerField(db_default=0, default=0)),
                ("working_answer", models.BinaryField(db_default=b"", default=b"")),
                ("working_end", models.BinaryField(db_default=b"", default=b"")),
                ("urgent_answer", models.BinaryField(db_default=b"", default=b"")),
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
                    models.Index(fields=["municipality", "dimension", "month"], name="tally_of_month")
                ],
            },
        ),
    ]
