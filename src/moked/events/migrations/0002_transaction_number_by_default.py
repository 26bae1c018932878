"""Let the database number the transaction of an event itself; on SQLite it has been 0 by default all along."""

from typing import Any

from django.db import migrations, models

import moked.events.models


def _default_to(expression: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE events_event ALTER COLUMN transaction_number SET DEFAULT {expression}"
            )

    return run


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(_default_to("pg_current_xact_id()::text::bigint"), _default_to("0"))
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="event",
                    name="transaction_number",
                    field=models.BigIntegerField(db_default=moked.events.models.TransactionNumber()),
                )
            ],
        )
    ]
