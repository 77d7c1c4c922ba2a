"""The owner's page: set up, tried out, renewed, paused; for nobody else, and for no other vendor's."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups.engine.deciding import decide_batch
from followups.models import Message, Notification, Webhook
from followups.webhooks import signing
from followups.webhooks.sending import post_all
from partners.models import AuditEntry, Member, Vendor
from playbooks.models import Progress
from playbooks.walking import complete
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_vendor, make_version
from tests.followups.webhooks.receiver import Receiver, Says

pytestmark = pytest.mark.django_db
PAGE = "/v/nordlicht/settings/webhook/"


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(owner: Member) -> Client:
    return signed_in(owner)


def text(response: Any) -> str:
    return str(response.content.decode())


def act(desk: Client, action: str, **fields: str) -> str:
    return text(desk.post(PAGE, {"action": action, **fields}, follow=True))


def test_from_nothing_to_a_test_that_was_taken(desk: Client, receiver: Receiver) -> None:
    page = text(desk.get(PAGE))
    assert "Your own system is told nothing yet" in page
    assert "Post a test" not in page
    assert "Saved. Try it out" in act(desk, "save", address=receiver.url)
    hook = Webhook.objects.get()
    assert signing.unseal(hook.secret) in text(desk.get(PAGE))
    receiver.says = [Says(body=b"<b>thanks</b>")]
    assert "The test is on its way." in act(desk, "test")
    assert 'hx-trigger="every 2s"' in text(desk.get(PAGE))
    post_all()
    [got] = receiver.got
    assert (got.json["event"], got.headers["Firstline-Event"]) == ("test", "test")
    assert "partner" not in got.json
    page = text(desk.get(PAGE))
    assert "<dd>200</dd>" in page
    assert "&lt;b&gt;thanks&lt;/b&gt;" in page
    assert "every 2s" not in page
    part = desk.get(PAGE, headers={"HX-Request": "true"})
    assert text(part).lstrip().startswith('<div id="test-outcome"')


def test_a_test_that_fails_is_not_tried_again_and_says_why(desk: Client, receiver: Receiver, hook: Webhook) -> None:
    receiver.says = [Says(status=500, body=b"broken")]
    act(desk, "test")
    post_all()
    page = text(desk.get(PAGE))
    assert "It answered 500 Internal Server Error. broken" in page
    assert Message.objects.get().state == "failed"
    hook.refresh_from_db()
    assert (hook.failures, hook.rest_until) == (0, None)


def test_pressed_twice_it_is_posted_once(desk: Client, receiver: Receiver, hook: Webhook) -> None:
    act(desk, "test")
    assert "A test is under way already." in act(desk, "test")
    post_all()
    assert len(receiver.got) == 1
    act(desk, "test")
    post_all()
    assert len(receiver.got) == 2


def test_a_paused_one_can_be_tried_out(desk: Client, receiver: Receiver, hook: Webhook) -> None:
    assert "The webhook has been paused since" in act(desk, "pause")
    act(desk, "test")
    post_all()
    assert len(receiver.got) == 1
    assert "It is on again." in act(desk, "on")


def test_two_sign_while_a_secret_is_renewed(desk: Client, receiver: Receiver, hook: Webhook, clock: Clock) -> None:
    before = signing.unseal(hook.secret)
    page = act(desk, "renew")
    assert before not in page
    assert "each post carries two signatures" in page
    act(desk, "test")
    post_all()
    assert receiver.got[0].headers["Firstline-Signature"].count("v1=") == 2
    time, _new, old = receiver.got[0].headers["Firstline-Signature"].split(",")
    expected = signing.signature([before], timestamp=int(time.removeprefix("t=")), body=receiver.got[0].body)
    assert expected == f"{time},{old}"
    clock.move(hours=24)
    act(desk, "test")
    post_all()
    assert receiver.got[1].headers["Firstline-Signature"].count("v1=") == 1
    assert "two signatures" not in text(desk.get(PAGE))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.com/hook", "Only https"),
        ("ftp://example.com/", "This is no address"),
        ("https://", "This is no address"),
        ("https://[::1/", "This is no address"),
        ("https://a:b@example.com/", "Leave name and password out"),
        ("https://example.com:25/", "port 443, or to one from 1024 on"),
        ("https://example.com/#part", "Leave out what follows the #"),
        ("https://exa mple.com/", "no spaces"),
        ("https://127.0.0.1/", "not open to all (127.0.0.1)"),
        ("https://[::ffff:10.0.0.1]/", "not open to all"),
        ("https://localhost/", "not open to all (localhost)"),
        ("https://169.254.169.254/latest/meta-data/", "not open to all"),
        (f"https://example.com/{'x' * 500}", "at most 500 characters"),
    ],
)
def test_addresses_that_we_do_not_post_to(desk: Client, address: str, words: str) -> None:
    response = desk.post(PAGE, {"action": "save", "address": address})
    assert response.status_code == 422
    assert words in text(response)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "address", ["https://hooks.example.com/T0/B1?x=1", "https://münchen.example:8443/", "https://93.184.215.14/"]
)
def test_addresses_that_we_do(desk: Client, address: str) -> None:
    assert desk.post(PAGE, {"action": "save", "address": address}).status_code == 302
    assert Webhook.objects.get().address == address


def test_the_form_refuses_what_stands_nowhere(desk: Client, vendor: Vendor) -> None:
    assert desk.post(PAGE, {"action": "burn"}).status_code == 400
    assert "There is no address yet." in act(desk, "renew")
    assert "There is no address yet." in act(desk, "test")


@pytest.mark.parametrize("role", [Member.Role.MANAGER, Member.Role.VIEWER])
def test_nobody_but_an_owner_sees_or_changes_it(vendor: Vendor, hook: Webhook, role: str) -> None:
    client = signed_in(make_member(vendor, role=role))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"action": "pause"}).status_code == 403
    assert Webhook.objects.get().is_on
    assert PAGE not in text(client.get("/v/nordlicht/settings/"))


def test_another_vendors_owner_is_told_that_there_is_nothing(hook: Webhook) -> None:
    client = signed_in(make_member(make_vendor("other"), role=Member.Role.OWNER))
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, {"action": "renew"}).status_code == 404
    assert "Your own system is told nothing yet" in text(client.get("/v/other/settings/webhook/"))


def test_neither_secret_nor_path_is_written_down_elsewhere(desk: Client, hook: Webhook) -> None:
    secret = signing.unseal(hook.secret)
    assert secret not in hook.secret
    assert "from=firstline" not in repr(hook)
    act(desk, "renew")
    told = " ".join(str(row) for row in AuditEntry.objects.values_list("action", "subject", "data"))
    assert "webhook.address_set" in told
    assert "webhook.secret_renewed" in told
    for word in (secret, hook.secret, "from=firstline"):
        assert word not in told


def test_a_secret_of_another_key_is_said_and_renewed(desk: Client, hook: Webhook, settings: Any) -> None:
    settings.SECRET_KEY = "another-key-than-before-0123456789-abcdefghijklmnop"
    client = signed_in(Member.objects.get(role="owner"))
    page = text(client.get(PAGE))
    assert "The signing secret cannot be read any more." in page
    act(client, "test")
    post_all()
    assert Message.objects.get().last_error.startswith("The signing secret cannot be read any more.")
    settings.SECRET_KEY_FALLBACKS = []
    act(client, "renew")
    assert signing.unseal(Webhook.objects.get().secret).startswith("whsec_")


def test_the_last_deliveries_by_as_many_queries_for_many_as_for_one(
    desk: Client, hook: Webhook, receiver: Receiver, progress: Progress, clock: Clock, vendor: Vendor
) -> None:
    decide_batch(now=clock.move(hours=24))
    post_all()
    with CaptureQueriesContext(connection) as few:
        page = text(desk.get(PAGE))
    assert "Hafen IT" in page
    assert "Taken" in page
    version = make_version(vendor, slug="more", default=False)
    for _ in range(6):
        make_enrollment(make_partner(vendor), version=version, now=NOW)
    receiver.says = [Says(status=503)]
    decide_batch(now=clock.instant)
    post_all()
    with CaptureQueriesContext(connection) as many:
        page = text(desk.get(PAGE))
    assert len(many) == len(few)
    assert "It answered 503 Service Unavailable." in page
    assert "Next try:" in page


def test_the_touch_editor_offers_it_once_there_is_an_address(
    desk: Client, vendor: Vendor, owner: Member, receiver: Receiver
) -> None:
    base = f"/v/nordlicht/followups/cadences/{vendor.cadences.get().pk}/"
    vendor.cadences.get().touches.update(channel="mail")
    desk.post(f"{base}draft/")
    page = text(desk.get(f"{base}touch/"))
    assert 'value="webhook"' not in page
    assert PAGE in page
    typed = {"after_hours": "30", "basis": "elapsed", "recipient": "partner", "condition": "", "channel": "webhook"}
    assert desk.post(f"{base}touch/", typed).status_code == 422
    act(desk, "save", address=receiver.url)
    assert 'value="webhook"' in text(desk.get(f"{base}touch/"))
    assert "Friday 16:00 becomes Saturday 16:00." in text(desk.get(f"{base}timing/?after_hours=24&channel=webhook"))
    assert desk.post(f"{base}touch/", typed).status_code == 302
    kind = vendor.cadences.get().draft_touches.get(channel="webhook").kind
    partner = make_partner(vendor, company="Hafen IT")
    make_enrollment(partner, now=NOW)
    page = text(desk.get(f"{base}touches/{kind}/preview/"))
    assert "&quot;event&quot;: &quot;followup.due&quot;" in page


def test_what_was_given_up_is_posted_again_under_its_old_key(
    desk: Client, receiver: Receiver, hook: Webhook, progress: Progress, clock: Clock
) -> None:
    decide_batch(now=clock.move(hours=24))
    message = Message.objects.get()
    receiver.says = [Says(status=400, body=b"no such field")]
    post_all()
    note = Notification.objects.get(key__startswith=f"webhook-failed:{message.pk}:")
    receiver.says = [Says()]
    assert 'value="again"' in text(desk.get(PAGE))
    assert "It is posted again" in act(desk, "again", message=str(message.pk))
    assert "there was nothing to post again" in act(desk, "again", message=str(message.pk))
    note.refresh_from_db()
    assert note.settled_at is not None
    post_all()
    assert [got.key for got in receiver.got] == [receiver.got[0].key] * 2
    message.refresh_from_db()
    assert (message.state, message.tries, message.last_error) == ("accepted", 1, "")
    assert 'value="again"' not in text(desk.get(PAGE))
    assert AuditEntry.objects.filter(action="webhook.posted_again").count() == 1


def test_what_is_done_meanwhile_is_called_off_instead_and_one_more_failure_leaves_one_more_note(
    desk: Client, receiver: Receiver, hook: Webhook, progress: Progress, clock: Clock
) -> None:
    decide_batch(now=clock.move(hours=24))
    message = Message.objects.get()
    receiver.says = [Says(status=400)]
    for _ in range(2):
        act(desk, "again", message=str(message.pk))
        post_all()
        clock.move(minutes=1)
    assert Notification.objects.filter(key__startswith="webhook-failed:").count() == 2
    act(desk, "again", message=str(message.pk))
    complete(progress=progress, by=None, now=clock.instant)
    post_all()
    message.refresh_from_db()
    assert (message.state, len(receiver.got)) == ("cancelled", 2)


def test_nobody_posts_anothers_or_a_test_again(desk: Client, receiver: Receiver, hook: Webhook) -> None:
    receiver.says = [Says(status=500)]
    act(desk, "test")
    post_all()
    test = Message.objects.get()
    other = make_vendor("kueste")
    theirs = Message.objects.create(
        vendor=other,
        key="fu:9:webhook",
        kind="touch",
        channel="webhook",
        state="failed",
        not_before=NOW,
        created_at=NOW,
        finished_at=NOW,
    )
    for pk in (test.pk, theirs.pk, 2**62, "x", -1):
        assert desk.post(PAGE, {"action": "again", "message": pk}).status_code == 404
    assert Message.objects.filter(state="failed").count() == 2
