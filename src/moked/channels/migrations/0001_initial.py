import django.db.models.deletion
from django.db import migrations, models

import moked.channels.rules


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("files", "0001_initial"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("WEB", "WEB"),
                            ("EMAIL", "EMAIL"),
                            ("PHONE", "PHONE"),
                            ("COUNTER", "COUNTER"),
                            ("LETTER", "LETTER"),
                            ("APP", "APP"),
                            ("API", "API"),
                            ("UNKNOWN", "UNKNOWN"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("is_retired", models.BooleanField(default=False)),
                ("authserv_id", models.CharField(db_default="", default="", max_length=253)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.service"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["channel", "address"], name="account_by_address")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "channel", "address"), name="account_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InboundMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider_id", models.CharField(default="", max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("STORED", "STORED"),
                            ("TAKEN", "TAKEN"),
                            ("QUARANTINED", "QUARANTINED"),
                            ("DISCARDED", "DISCARDED"),
                        ],
                        default=moked.channels.rules.State["STORED"],
                        max_length=11,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("CONTACT", "CONTACT"),
                            ("DELIVERY_EVENT", "DELIVERY_EVENT"),
                            ("IGNORED_BY_RULE", "IGNORED_BY_RULE"),
                            ("QUARANTINE", "QUARANTINE"),
                        ],
                        default="",
                        max_length=15,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=40)),
                ("note", models.CharField(default="", max_length=200)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels.account",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", moked.channels.rules.State["QUARANTINED"])),
                        fields=["municipality", "-id"],
                        name="inbound_quarantine",
                    ),
                    models.Index(fields=["account", "-received_at"], name="inbound_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "provider_id", "sha256"), name="inbound_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailServer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("host", models.CharField(max_length=253)),
                ("port", models.PositiveIntegerField()),
                (
                    "security",
                    models.CharField(
                        choices=[("TLS", "TLS"), ("STARTTLS", "STARTTLS"), ("NONE", "NONE")], max_length=8
                    ),
                ),
                ("user", models.CharField(max_length=254)),
                (
                    "sign_in",
                    models.CharField(
                        choices=[("PASSWORD", "PASSWORD"), ("XOAUTH2", "XOAUTH2"), ("APP", "APP")],
                        max_length=8,
                    ),
                ),
                ("secret", models.TextField()),
                ("token_url", models.CharField(default="", max_length=500)),
                ("client_id", models.CharField(default="", max_length=200)),
                ("client_secret", models.TextField(default="")),
                ("scope", models.CharField(default="", max_length=500)),
                ("folder", models.CharField(max_length=200)),
                ("reads_from", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("uid_validity", models.BigIntegerField(null=True)),
                ("last_uid", models.BigIntegerField(default=0)),
                ("checked_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                (
                    "trouble",
                    models.CharField(
                        choices=[
                            ("NO_SUCH_HOST", "NO_SUCH_HOST"),
                            ("UNREACHABLE", "UNREACHABLE"),
                            ("TOO_SLOW", "TOO_SLOW"),
                            ("CERTIFICATE", "CERTIFICATE"),
                            ("NO_TLS", "NO_TLS"),
                            ("NOT_IMAP", "NOT_IMAP"),
                            ("SIGN_IN_REFUSED", "SIGN_IN_REFUSED"),
                            ("TOKEN_UNREACHABLE", "TOKEN_UNREACHABLE"),
                            ("TOKEN_REFUSED", "TOKEN_REFUSED"),
                            ("NO_FOLDER", "NO_FOLDER"),
                            ("BROKEN_OFF", "BROKEN_OFF"),
                            ("NO_ROOM", "NO_ROOM"),
                            ("SECRET_LOST", "SECRET_LOST"),
                            ("OURS", "OURS"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("said", models.CharField(default="", max_length=200)),
                ("waiting", models.PositiveIntegerField(default=0)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="server",
                        to="channels.account",
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
            name="MessageContent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(default="", max_length=254)),
                ("sender_name", models.CharField(default="", max_length=200)),
                ("subject", models.CharField(default="", max_length=500)),
                ("text", models.TextField(default="")),
                ("html", models.TextField(default="")),
                ("pictures", models.JSONField(default=dict)),
                ("attached", models.CharField(default="", max_length=64)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="content",
                        to="channels.inboundmessage",
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
    ]
