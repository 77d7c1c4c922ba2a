"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_portal.settings")
application = get_wsgi_application()

# Every view, loaded now rather than by each worker at its first request.
import onboarding_portal.urls  # noqa: E402, F401
