"""Counts the invitations of a person's day, whatever becomes of the organizations."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_people_public_id")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="invited_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="invited_count",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
    ]
