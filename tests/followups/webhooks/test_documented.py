"""What docs/webhooks.md tells those who build a receiver holds for what is really posted."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from followups.engine.deciding import decide_batch
from followups.models import Webhook
from followups.webhooks import signing
from followups.webhooks.configuring import renew_secret
from followups.webhooks.sending import post_all
from partners.models import Member
from playbooks.models import Progress
from tests.clock import Clock
from tests.followups.webhooks.receiver import Got, Receiver

pytestmark = pytest.mark.django_db
DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def got(hook: Webhook, owner: Member, progress: Progress, receiver: Receiver, clock: Clock) -> Got:
    """A post of a day on which the secret was renewed."""
    renew_secret(vendor=hook.vendor, by=owner.user, now=clock.move(hours=20))
    decide_batch(now=clock.move(hours=4))
    post_all()
    return receiver.got[0]


def test_the_example_checks_a_real_post_with_either_secret(got: Got, hook: Webhook) -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102 - our own document
    check: Callable[[str, bytes, str], bool] = names["is_from_firstline"]
    header, old = got.headers["Firstline-Signature"], signing.unseal(hook.secret)
    hook.refresh_from_db()
    for secret in (old, signing.unseal(hook.secret)):
        assert check(header, got.body, secret)
    assert not check(header, got.body + b" ", old)
    assert not check(header, got.body, "whsec_other")
    assert not check(re.sub(r"t=\d+", "t=1", header), got.body, old)
    assert not check("", got.body, old)


def test_the_example_body_has_what_is_posted(got: Got) -> None:
    assert shape(json.loads(block("json"))) == shape(got.json)


def shape(value: Any) -> Any:
    return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else type(value)
