"""What people wrote, as a page shows it: their lines stay lines, addresses become links, quotations nest."""

import re

from django.utils.html import Urlizer
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from partners.isolating import isolated

QUOTED = re.compile("[“„]([^“”„]*)[”“]")
LINE_ENDS = re.compile(r"\r\n?|\n")
# What stands directly at an address and is none of it: quotation marks, and the end of an isolate.
BESIDE = re.compile(r"""([\s<>"'“”„‘’‚«»\u2068\u2069]+)""")


class _Linking(Urlizer):
    """Whole addresses alone: a name such as "backup.com" may be a product, and a mail address is not ours to open."""

    url_template = '<a href="{href}" rel="noopener noreferrer nofollow"{attrs}>{url}</a>'
    word_split_re = BESIDE
    simple_url_2_re = re.compile(r"^www\.\w", re.IGNORECASE)

    @staticmethod
    def is_email_simple(value: str) -> bool:
        return False


_linking = _Linking()


def linked(text: str) -> str:
    """``text`` escaped, with links to what begins with http, https or www."""
    return str(_linking(text, autoescape=True))


def quoted(text: str) -> str:
    """In the quotation marks of the reader's language; what was quoted inside stands in the inner ones."""
    inner = QUOTED.sub(lambda found: _("‘%(text)s’") % {"text": found[1]}, text)
    return _("“%(text)s”") % {"text": isolated(inner)}


def shown(text: str) -> SafeString:
    """As HTML: escaped, with its line breaks and links."""
    return mark_safe(LINE_ENDS.sub("<br>", linked(text.strip())))  # noqa: S308 - every word of it was escaped in the line above
