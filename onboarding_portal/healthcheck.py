"""The web container's health check: `python onboarding_portal/healthcheck.py`. Standard library only, to be quick.

It asks as the proxy in front would: for the public host and, in production, as if over HTTPS.
"""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

ADDRESS = "http://127.0.0.1:8000/readyz"


def main(address: str = ADDRESS) -> int:
    base = urlsplit(os.environ.get("BASE_URL") or "http://localhost:8000")
    headers = {"Host": base.netloc, "X-Forwarded-Proto": base.scheme}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=4) as response:
            return 0 if response.status == 200 else 1
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
