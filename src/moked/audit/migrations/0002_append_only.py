"""Make the audit trail append-only."""

from django.db import migrations

from moked.audit import triggers


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: triggers.install(editor.connection, [triggers.TRAIL]),
            lambda apps, editor: triggers.remove(editor.connection, [triggers.TRAIL]),
        )
    ]
