import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followups.engine import pausing, resolving
from followups.engine.mime import message_id
from followups.models import Message
from followups.operators.figures import COUNTED, Figures, figures
from partners import clock
from partners.commanding import vendor_at


class Command(BaseCommand):
    help = "How the follow-up engine is doing; pauses and resumes a vendor; resolves mails of which nobody knew."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", metavar="ACT")
        acts.add_parser("status", help="queue depth, the oldest due, lateness, failures (the default)")
        pause = acts.add_parser("pause", help="nothing planned leaves for a vendor from now on; nothing is lost")
        pause.add_argument("vendor", help="the vendor's address")
        pause.add_argument("--reason", required=True, help="their staff reads it")
        resume = acts.add_parser("resume", help="what waited is due now, and judged anew")
        resume.add_argument("vendor", help="the vendor's address")
        acts.add_parser("unknown", help="the mails of the last two weeks of which nobody knows whether they left")
        arrived = acts.add_parser("arrived", help="an unknown mail did arrive")
        again = acts.add_parser("again", help="an unknown mail did not arrive: send it again")
        for answer in (arrived, again):
            answer.add_argument("message", type=int, help="its number, as `engine unknown` shows it")
        for signed in (pause, resume, arrived, again):
            signed.add_argument("--by", help="who says so; your name at this machine without it")

    def handle(self, *args: Any, act: str | None, **options: Any) -> None:
        if act in ("pause", "resume"):
            self._hold(act, options)
        elif act in ("arrived", "again"):
            self._resolve(act, options)
        elif act == "unknown":
            self._unknown()
        else:
            self._status(figures(now=clock.now()))

    def _hold(self, act: str, options: dict[str, Any]) -> None:
        slug, by = options["vendor"], _name(options)
        vendor = vendor_at(slug)
        if act == "pause":
            if not options["reason"].strip():
                raise CommandError("Say why: their staff reads it. --reason “Wrong texts in the new cadence”")
            is_new = pausing.pause(vendor=vendor, reason=options["reason"].strip()[:200], by=by, now=clock.now())
            self.stdout.write(f"{slug} is paused." if is_new else f"{slug} was paused already.")
        else:
            was_held = pausing.resume(vendor=vendor, by=by, now=clock.now())
            self.stdout.write(f"{slug} goes on; what waited is due now." if was_held else f"{slug} was not paused.")

    def _resolve(self, act: str, options: dict[str, Any]) -> None:
        if not Message.objects.filter(pk=options["message"]).exists():
            raise CommandError(f"There is no mail {options['message']}. “engine unknown” lists those in doubt.")
        answer = resolving.it_arrived if act == "arrived" else resolving.send_again
        try:
            answer(message_id=options["message"], by=_name(options), now=clock.now())
        except (resolving.NotUnknown, resolving.TextGone) as refused:
            raise CommandError(str(refused.message)) from refused
        self.stdout.write("Written down.")

    def _unknown(self) -> None:
        rows = resolving.unresolved(now=clock.now()).select_related("vendor").defer("text", "html", "headers")
        if not rows.exists():
            self.stderr.write("None: of every mail of the last two weeks it is known whether it left.")
        for row in rows.order_by("finished_at", "pk").iterator():
            slug, at = row.vendor.slug if row.vendor else "-", f"{row.finished_at:%Y-%m-%d %H:%M}"
            self.stdout.write("\t".join([str(row.pk), at, slug, row.to_address, message_id(row.key)]))

    def _status(self, found: Figures) -> None:
        now = clock.now()
        lines = [
            ("follow-ups due", _count(found.due)),
            *((f"{kind} mails ready", _count(count)) for kind, count in found.ready.items()),
            ("webhooks ready", _count(found.webhooks)),
            ("webhooks switched off", str(found.webhooks_off)),
            ("in hand", _count(found.in_hand)),
            ("behind by", f"{found.waiting_for(now).total_seconds():.0f} s"),
            ("mails unknown", _count(found.unknown)),
            ("vendors paused", str(found.paused)),
            (
                "last mail accepted",
                f"{found.last_accepted:%d %b, %H:%M:%S %Z}" if found.last_accepted else "none lately",
            ),
        ]
        for until, shares in (("decided", found.lateness.decided), ("accepted", found.lateness.sent)):
            said = ", ".join(f"p{share * 100:.0f} {seconds:.1f} s" for share, seconds in shares.items())
            lines.append((f"due to {until}", said or "nothing recent"))
        for each in found.failures:
            said = f"{each.count}, lately: {each.example[:80]}"
            lines.append((f"{each.outcome} {each.code or ''}".rstrip(), said))
        for name, value in lines:
            self.stdout.write(f"{name:<22} {value}")


def _name(options: dict[str, Any]) -> str:
    return (options["by"] or f"{getpass.getuser()} at the terminal")[:150]


def _count(number: int) -> str:
    return f"{COUNTED:,} or more" if number >= COUNTED else f"{number:,}"
