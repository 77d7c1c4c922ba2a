"""Compresses the pages that are read on a phone and a bad line: the partner's side, and what a mail's link opens.

With what makes the length of an answer say nothing about what is in it (CVE-2013-3587): random bytes from Django's own
middleware, and a form's token that is another one on each page.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

READ_ON_A_PHONE = ("/my/", "/l/")


class PhonePagesMiddleware(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        if not is_page or not request.path.startswith(READ_ON_A_PHONE):
            return response
        return super().process_response(request, response)
