"""The reminder as it is read, in both of its forms, and the names that mail programs know it by."""

import re
from datetime import date, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import translation

from followups.engine.ink import readable_on
from followups.engine.merging import merge, unknown_fields
from followups.engine.transports import SmtpTransport, as_data
from followups.models import Cadence, FollowUp, Touch
from partners.models import Partner, Vendor
from playbooks.links import open_step_link
from playbooks.models import Enrollment, Progress, Step
from tests.clock import Clock
from tests.factories import NOW, make_enrollment, make_member, make_partner, make_user, make_version
from tests.followups.engine.conftest import pump_all
from tests.smtp_sink import SmtpSink

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(hours=24)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def write(progress: Progress, language: str, **texts: str) -> None:
    """Past the rule that published steps never change: tests need the words they are about."""
    Step.objects.filter(pk=progress.step_id).update(texts={**progress.step.texts, language: texts})


@pytest.fixture
def sent(progress: Progress, sink: SmtpSink, transport: SmtpTransport) -> EmailMessage:
    Enrollment.objects.update(goal="Five clients with a tested backup & no <fear>", goal_by=date(2026, 9, 30))
    Vendor.objects.update(postal_address="Kaistraße 1, Hamburg", reply_to="team@nordlicht.example")
    pump_all(now=DUE, transport=transport)
    return sink.mails[0]


def test_both_parts_say_the_same(sent: EmailMessage) -> None:
    text, html = part(sent, "plain"), part(sent, "html")
    for words in ("Hello Hanna Hafen,", "Do the first thing", "The first thing pays.", "10 minutes", "Kaistraße 1"):
        assert words in text
        assert words in html
    assert "Five clients with a tested backup & no <fear>" in text
    assert "no &lt;fear&gt;" in html
    assert "You get this because Hafen IT is in the partner programme of Nordlicht Backup" in text


def test_one_button_to_the_exact_step(sent: EmailMessage, progress: Progress) -> None:
    [button] = re.findall(r'class="m-button" href="([^"]+)"', part(sent, "html"))
    assert button.startswith("http://127.0.0.1:8000/l/")
    token = urlsplit(button).path.strip("/").split("/")[-1]
    assert open_step_link(token, now=DUE).progress == progress
    assert button in part(sent, "plain")


def test_the_headers_that_manners_ask_for(sent: EmailMessage) -> None:
    assert sent["From"] == "Nordlicht Backup <hello@firstline.example>"
    assert sent["To"] == "Hanna Hafen <hanna@hafen.example>"
    assert sent["Reply-To"] == "team@nordlicht.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<[0-9a-f]{40}@firstline\.example>", sent["Message-ID"])
    assert sent["Subject"] == "Your next step: Do the first thing"


def test_the_unsubscribe_link_of_the_header_works(sent: EmailMessage, client: Client) -> None:
    path = urlsplit(sent["List-Unsubscribe"].strip("<>")).path
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_in_the_readers_language(partner: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    partner.contacts.update(language="de")
    progress = make_enrollment(partner).progress.get(position=0)
    write(progress, "de", title="Das Erste tun", why="Es lohnt sich.")
    pump_all(now=DUE, transport=transport)
    assert "Das Erste tun" in sink.mails[0]["Subject"]
    assert '<html lang="de">' in part(sink.mails[0], "html")
    assert translation.get_language() == "en"


def test_several_steps_in_one_mail(
    partner: Partner, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    make_enrollment(partner, version=make_version(partner.vendor, slug="b", steps=["other"], default=False))
    pump_all(now=DUE, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "2 steps are waiting for you"
    assert part(mail, "html").count('class="m-button"') == 1
    assert "Do the other thing" in part(mail, "html")


def test_to_the_sponsor_and_to_the_manager(vendor: Vendor, sink: SmtpSink, transport: SmtpTransport) -> None:
    sponsor = make_partner(vendor, company="Sponsor AG", email="sven@sponsor.example")
    manager = make_member(vendor, user=make_user("mia@nordlicht.example"))
    partner = make_partner(vendor, company="New GmbH", sponsor=sponsor, manager=manager)
    cadence = Cadence.objects.get(vendor=vendor)
    cadence.touches.update(is_active=False)
    Touch.objects.create(cadence=cadence, kind="tell-sponsor", after_hours=24, to=Touch.To.SPONSOR)
    Touch.objects.create(cadence=cadence, kind="tell-manager", after_hours=24, to=Touch.To.MANAGER)
    make_enrollment(partner)
    pump_all(now=DUE, transport=transport)
    text = {to: part(mail, "plain") for (to, _), mail in zip(sink.received, sink.mails, strict=True)}
    assert "/my/first-line/" in text["sven@sponsor.example"]
    assert f"/v/{vendor.slug}/partners/{partner.pk}/" in text["mia@nordlicht.example"]
    assert FollowUp.objects.filter(state="decided").count() == 2


def test_an_authors_emphasis_stays_and_nothing_else(
    progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    write(progress, "en", title="Odd", why="It **pays**. <script>alert(1)</script> [x](javascript:alert(1))")
    pump_all(now=DUE, transport=transport)
    html = part(sink.mails[0], "html")
    assert "<strong>pays</strong>" in html
    assert "<script" not in html
    assert "javascript:" not in re.sub(r"\[x\]\(javascript:alert\(1\)\)", "", html)
    assert "It pays." in part(sink.mails[0], "plain")


@pytest.mark.parametrize(("colour", "ink"), [("#2f6f4f", "#ffffff"), ("#ffe066", "#111111"), ("#000000", "#ffffff")])
def test_the_button_can_be_read_on_the_vendors_colour(colour: str, ink: str) -> None:
    assert readable_on(colour) == ink


def test_dots_and_line_ends_on_the_line() -> None:
    assert as_data(b"a\n.\n..b\r\nc") == b"a\r\n..\r\n...b\r\nc\r\n.\r\n"


@pytest.fixture
def second(progress: Progress, sink: SmtpSink, transport: SmtpTransport) -> EmailMessage:
    """The reminder after 48 hours."""
    manager = progress.enrollment.partner.manager.user
    manager.name = "Mara Lindqvist"
    manager.save()
    for hours in (24, 48):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    return sink.mails[1]


def test_the_second_has_its_own_words_and_names_who_helps(second: EmailMessage, sink: SmtpSink) -> None:
    assert second["Subject"] == "Still open: Do the first thing"
    for kind in ("plain", "html"):
        body = part(second, kind)
        assert "This step is still open. Other work came first, and that is all right." in body
        assert "Mara Lindqvist at Nordlicht Backup reads it" in body
        assert "Your next step is ready" not in body
        assert "Other work came first" not in part(sink.mails[0], kind)


def test_the_second_offers_help_and_tomorrow_before_the_step(second: EmailMessage) -> None:
    text = part(second, "plain")
    assert text.index("I’m stuck:") < text.index("Remind me tomorrow:") < text.index("Do the first thing")
    stuck, later, step = re.findall(r"http://\S+/l/[^u]\S*", text)
    assert stuck == f"{step}?want=stuck#stuck"
    assert later == f"{step}?want=later#later"
    assert part(second, "html").count('class="m-button"') == 1


def test_the_offers_lead_to_their_buttons_and_act_only_when_pressed(
    second: EmailMessage, progress: Progress, client: Client, clock: Clock
) -> None:
    clock.move(hours=48)
    stuck, later, _ = [
        urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl()
        for url in re.findall(r"http://\S+/l/[^u]\S*", part(second, "plain"))
    ]
    assert '<details class="my-stuck" id="stuck" open>' in client.get(stuck).text
    page = client.get(later).text
    assert "Not today?" in page
    assert '<details class="my-stuck" id="stuck">' in page
    progress.refresh_from_db()
    assert (progress.state, progress.snoozed_until) == ("open", None)
    [form] = set(re.findall(r'action="(/l/[^"]+/later/)"', page))
    assert client.post(form).status_code == 302
    progress.refresh_from_db()
    assert progress.snoozed_until is not None
    assert "Not today?" not in client.get(later).text


def test_the_second_in_german(partner: Partner, sink: SmtpSink, transport: SmtpTransport) -> None:
    partner.contacts.update(language="de")
    make_enrollment(partner)
    for hours in (24, 48):
        pump_all(now=NOW + timedelta(hours=hours), transport=transport)
    assert "Anderes ging vor, und das ist in Ordnung." in part(sink.mails[1], "plain")


def say(vendor: Vendor, kind: str = "remind-24h", **texts: dict[str, str]) -> None:
    Touch.objects.filter(cadence__vendor=vendor, kind=kind).update(texts=texts)


OWN = {"subject": "{company}: {step} takes {minutes}", "body": "Dear {name},\n\n<b>{vendor}</b> waits.\n{manager}"}


def test_a_vendors_own_words_in_both_parts(
    vendor: Vendor, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    say(vendor, en=OWN, de={"subject": "Auf Deutsch", "body": "Guten Tag"})
    pump_all(now=DUE, transport=transport)
    [mail] = sink.mails
    assert mail["Subject"] == "Hafen IT: Do the first thing takes 10 minutes"
    assert "Dear Hanna Hafen,\n\n<b>Nordlicht Backup</b> waits." in part(mail, "plain").replace("\r\n", "\n")
    assert "&lt;b&gt;Nordlicht Backup&lt;/b&gt; waits.<br>" in part(mail, "html")
    assert "Your next step is ready" not in part(mail, "html")
    assert "The first thing pays." in part(mail, "html")


def test_own_words_in_the_readers_language(
    vendor: Vendor, partner: Partner, sink: SmtpSink, transport: SmtpTransport
) -> None:
    say(vendor, "remind-48h", en=OWN, de={"subject": "Noch offen: {step}", "body": "Guten Tag"})
    partner.contacts.update(language="de")
    make_enrollment(partner)
    FollowUp.objects.filter(kind="remind-24h").delete()
    pump_all(now=NOW + timedelta(hours=48), transport=transport)
    assert sink.mails[0]["Subject"] == "Noch offen: Do the first thing"
    assert "Guten Tag" in part(sink.mails[0], "plain")


def test_a_playbook_with_touches_of_its_own_has_its_own_words(
    vendor: Vendor, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    own = Cadence.objects.create(vendor=vendor, playbook=progress.enrollment.playbook, changed_at=NOW)
    Touch.objects.create(cadence=own, kind="remind-24h", after_hours=24)
    say(vendor, en=OWN)
    Touch.objects.filter(cadence=own).update(texts={"en": {"subject": "Only here", "body": "Here."}})
    pump_all(now=DUE, transport=transport)
    assert sink.mails[0]["Subject"] == "Only here"


def test_a_mail_about_several_steps_is_in_our_words(
    vendor: Vendor, partner: Partner, progress: Progress, sink: SmtpSink, transport: SmtpTransport
) -> None:
    say(vendor, en=OWN)
    make_enrollment(partner, version=make_version(partner.vendor, slug="b", steps=["other"], default=False))
    pump_all(now=DUE, transport=transport)
    assert sink.mails[0]["Subject"] == "2 steps are waiting for you"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Dear { name }, {step}", []),
        ("Dear {nmae}", ["{nmae}"]),
        ("{}", ["{}"]),
        ("{name", ["{"]),
        ("a } b", ["}"]),
        ("{{name}} and {x}", ["{{name}}"]),  # as other tools write them
    ],
)
def test_what_is_no_field_is_named(text: str, unknown: list[str]) -> None:
    assert unknown_fields(text) == unknown


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert merge("{company} and {name}", {"company": "{name}", "name": "Kim"}) == "{name} and Kim"
