from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse, RemoveIndexInUse

OWED_SOMETHING = Q(severity__gte=62)
TO_TURN_TO = Q(severity__gt=0, severity__lt=62)


class Migration(migrations.Migration):
    """What we owe by the longest wait, all others by severity and the latest: a row is in one index of each pair.

    The new ones come before the old ones go, so that Today always has some.
    """

    atomic = False

    dependencies = [("followups", "0020_answer_who_is_stuck")]

    operations = [
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "quiet_since", "partner"], condition=OWED_SOMETHING, name="standing_we_owe"
            ),
        ),
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "manager", "quiet_since", "partner"], condition=OWED_SOMETHING, name="standing_i_owe"
            ),
        ),
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "-severity", "-quiet_since", "-partner"],
                condition=TO_TURN_TO,
                name="standing_we_turn_to",
            ),
        ),
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "manager", "-severity", "-quiet_since", "-partner"],
                condition=TO_TURN_TO,
                name="standing_i_turn_to",
            ),
        ),
        RemoveIndexInUse(model_name="standing", name="standing_who_needs_us"),
        RemoveIndexInUse(model_name="standing", name="standing_who_needs_me"),
    ]
