from django.db import migrations, models
from django.db.models import Q

from partners.altering import AddIndexInUse


class Migration(migrations.Migration):
    """Today counts the accepted partners who walk no playbook, and the list of partners finds them."""

    atomic = False

    dependencies = [("followups", "0008_count_those_who_began")]

    operations = [
        AddIndexInUse(
            model_name="standing",
            index=models.Index(
                fields=["vendor", "company_key", "partner"],
                condition=Q(state="accepted", started_at=None, orders=0) & ~Q(contact_email=""),
                name="standing_walks_nothing",
            ),
        )
    ]
