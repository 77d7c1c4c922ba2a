"""What tests read in the mails that were sent."""

import re

from django.core.mail import EmailMessage


def token_in(mail: EmailMessage) -> str:
    found = re.search(r"/invitations/([\w-]+)/", str(mail.body))
    assert found is not None
    return found[1]
