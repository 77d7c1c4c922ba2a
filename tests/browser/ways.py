"""How to get to pages that no link leads to: each way is walked once, and its pages are looked at.

A new page that needs a way of its own gets a function here and a line in WAYS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page

from tests.browser.house import House
from tests.browser.looking import AXE, Found, Look, look_on_a_phone, page_name, run_axe, some_of_each, walk
from tests.browser.postbox import Postbox, link_in

COLOURS: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
DESK: Final = "/v/nordlicht"
STEP_LINK: Final = re.compile(r"/l/[^/\"]+/")
PASSWORD: Final = "seven-mild-winters"
NEWCOMER: Final = "nora@brightfold.example"
ERRORS: Final = (400, 403, 404, 405, 429, 500)
MOST_APPLICATIONS: Final = 30
INVITED: Final = "emil@nordlicht.example"
PARTNERS_FILE: Final = (
    b"company,contact name,email,country\nPolder IT,Anna Bos,anna@polder-it.example,NL\n,,no address,\n"
)
ORDERS_FILE: Final = b"customer number,ordered on,amount,partner\nC-1,2026-03-02,120.00,Weber IT-Service\n"


@dataclass
class Visitor:
    """Somebody with a browser and a mail program, who notes what is wrong with the pages that are shown."""

    page: Page
    house: House
    postbox: Postbox
    found: Found
    look: Look

    def go(self, path: str, *, status: int = 200) -> None:
        response = self.page.goto(urljoin(self.house.at, path))
        assert response is not None
        assert response.status == status, f"{path} answers {response.status}"

    def press(self, words: str, *, status: int = 200) -> None:
        """Press a button, and wait for the page it leads to."""
        with self.page.expect_navigation() as navigation:
            self.page.locator("main").get_by_role("button", name=words, exact=True).first.click()
        assert navigation.value.status == status, f"“{words}” answers {navigation.value.status}"

    def see(self, name: str) -> None:
        """Look at the page that is shown, which has to be the one that is meant."""
        assert page_name(self.page.url) == name, f"{self.page.url} is not {name}"
        self.found.reached.add(name)
        self.look(self.page, self.found)

    def visit(self, path: str, name: str, *, status: int = 200) -> None:
        self.go(path, status=status)
        self.see(name)

    def look_around(self, within: str) -> None:
        """Follow the links from here to one example of each page below an address."""
        wanted = some_of_each(1, within=within)
        walk(self.page, self.house, found=self.found, look=self.look, wanted=wanted)

    def fill(self, **answers: str) -> None:
        for name, answer in answers.items():
            self.page.locator(f"main [name={name}]").fill(answer)

    def upload(self, name: str, content: bytes) -> None:
        self.page.locator("main [name=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})

    def type_the_code(self, *, subject: str) -> None:
        """Type the code from the newcomer's mail with this subject."""
        mail = self.postbox.wait_for(NEWCOMER, about=subject)
        self.fill(code=mail["Subject"].removeprefix(f"{subject}: "))


def sign_up(visitor: Visitor) -> None:
    """From signing up to an empty desk, everything the desk links to while it is empty, and all about the account."""
    visitor.go("/accounts/signup/")
    visitor.fill(name="Nora Lund", email=NEWCOMER)
    visitor.press("Mail me the code")
    visitor.see("account_email_verification_sent")
    visitor.type_the_code(subject="Your code")
    visitor.press("Continue")
    visitor.visit("/vendors/new/", "vendor-new")
    visitor.fill(name="Brightfold", slug="brightfold")
    visitor.press("Open my desk")
    visitor.see("desk-today")
    visitor.look_around("/v/brightfold/")
    secure_the_account(visitor)
    sign_in_again(visitor)
    forget_the_password(visitor)


def secure_the_account(visitor: Visitor) -> None:
    visitor.visit("/accounts/prove/?next=/accounts/password/set/", "prove-by-mail")
    visitor.press("Mail me a code")
    visitor.see("prove-by-mail")
    visitor.type_the_code(subject="Your code to go on")
    visitor.press("Continue")
    visitor.see("account_set_password")
    visitor.fill(password1=PASSWORD, password2=PASSWORD)
    visitor.press("Set the password")
    visitor.visit("/accounts/password/change/", "account_change_password")
    visitor.visit("/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/", "account_reauthenticate")
    visitor.fill(password=PASSWORD)
    visitor.press("Continue")
    visitor.see("mfa_activate_totp")
    secret = visitor.page.locator("main code").inner_text()
    for _attempt in range(2):  # a code is good for half a minute, and that may just be over
        if page_name(visitor.page.url) == "mfa_activate_totp":
            visitor.fill(code=format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))
            visitor.press("Switch it on")
    visitor.visit("/accounts/2fa/recovery-codes/", "mfa_view_recovery_codes")
    visitor.visit("/accounts/2fa/recovery-codes/generate/", "mfa_generate_recovery_codes")
    visitor.visit("/accounts/2fa/totp/deactivate/", "mfa_deactivate_totp")
    visitor.visit("/accounts/2fa/", "mfa_index")
    visitor.visit("/accounts/2fa/reauthenticate/", "mfa_reauthenticate")
    visitor.visit("/accounts/logout/", "account_logout")
    visitor.press("Sign out")


def sign_in_again(visitor: Visitor) -> None:
    visitor.visit("/accounts/login/code/", "account_request_login_code")
    visitor.fill(email=NEWCOMER)
    visitor.press("Mail me a code")
    visitor.see("account_confirm_login_code")
    visitor.type_the_code(subject="Your code to sign in")
    visitor.press("Continue")
    visitor.see("mfa_authenticate")
    visitor.press("Cancel")


def forget_the_password(visitor: Visitor) -> None:
    visitor.go("/accounts/password/reset/")
    visitor.fill(email=NEWCOMER)
    visitor.press("Mail me a code")
    visitor.see("account_confirm_password_reset_code")
    visitor.type_the_code(subject="Your code for a new password")
    visitor.press("Continue")
    visitor.see("account_complete_password_reset")
    visitor.visit("/accounts/password/reset/done/", "account_password_reset_completed")
    visitor.visit("/accounts/inactive/", "account_inactive")


def apply(visitor: Visitor) -> None:
    visitor.visit("/apply/nordlicht/", "application-form")
    visitor.page.locator("main form").evaluate("form => { form.noValidate = true }")
    visitor.press("Send the application", status=422)
    visitor.see("application-form")
    visitor.fill(company="Polder Cloud", contact_name="Ruben Smit", email="ruben@polder-cloud.example")
    visitor.press("Send the application")
    visitor.see("application-thanks")


def apply_too_often(visitor: Visitor) -> None:
    """First as one does: nobody else at this address gets through for a while afterwards."""
    apply(visitor)
    for number in range(MOST_APPLICATIONS):
        visitor.go("/apply/nordlicht/")
        visitor.fill(company=f"Dyke Cloud {number}", contact_name="Lotte Smit", email=f"lotte@dyke-{number}.example")
        with visitor.page.expect_navigation() as navigation:
            visitor.page.locator("main").get_by_role("button", name="Send the application", exact=True).click()
        if navigation.value.status == 429:
            return visitor.see("application-form")
    raise AssertionError("Nobody is asked to wait, however often they apply.")


def meet_errors(visitor: Visitor) -> None:
    for code in ERRORS:
        visitor.visit(f"/demo/errors/{code}/", "demo-error", status=code)


def invite(visitor: Visitor) -> None:
    """An invitation as whoever sent it sees it, and as whoever got it."""
    visitor.go(f"{DESK}/settings/people/")
    visitor.fill(email=INVITED)
    visitor.press("Send the invitation")
    visitor.see("desk-settings-people")
    visitor.visit(link_in(visitor.postbox.wait_for(INVITED), "/invitations/"), "invitation")
    visitor.press("Sign out and open it again")
    visitor.see("invitation")


def import_files(visitor: Visitor) -> None:
    for kind, file in (("partners", PARTNERS_FILE), ("orders", ORDERS_FILE)):
        visitor.go(f"{DESK}/{kind}/import/")
        visitor.upload(f"{kind}.csv", file)
        visitor.press("Look at the file")
        visitor.see(f"desk-{kind}-upload")
        visitor.press("Load nothing")
        visitor.see(f"desk-{kind}-upload")
    visitor.go(f"{DESK}/partners/import/")
    visitor.upload("partners.csv", PARTNERS_FILE)
    visitor.press("Look at the file")
    visitor.press("Load the good rows")
    visitor.page.get_by_role("heading", name="1 partner loaded").wait_for()
    visitor.see("desk-partners-upload")


def start_for_all_who_wait(visitor: Visitor) -> None:
    """Nobody in the demo waits for a playbook, so that nothing links there."""
    visitor.visit(f"{DESK}/partners/start/", "desk-partners-start")


def edit_a_playbook(visitor: Visitor) -> None:
    """Every page of a playbook while it is a draft."""
    visitor.go(f"{DESK}/playbooks/")
    visitor.page.locator("main a.fl-row-title").first.click()
    visitor.press("Edit")
    draft = visitor.page.url
    visitor.look_around(f"{DESK}/playbooks/")
    for button, name, kind in (("evidence", "evidence", "question"), ("resources", "resource", "video")):
        visitor.go(draft)
        visitor.page.locator("main a.pb-step-title").nth(1).click()
        with visitor.page.expect_navigation():
            visitor.page.locator(f"main [name={button}]").click()
        visitor.see(f"desk-playbook-{button}")
        visitor.page.locator("main [name=kind]").select_option(kind)
        visitor.page.locator("main [name^=label_]").fill("Which of them helps most?")
        visitor.press("Add it")
        visitor.see(f"desk-playbook-{name}{'-field' if name == 'evidence' else ''}")
    for button, page in (("offer", "desk-playbook-offer"), ("path", "desk-playbook-path")):
        visitor.go(draft)
        visitor.page.locator("main a.pb-step-title").nth(1).click()
        with visitor.page.expect_navigation():
            visitor.page.locator(f"main [name={button}]").click()
        visitor.see(page)


def change_a_cadence(visitor: Visitor) -> None:
    """Every page of a cadence while it has a draft; the form also with what is wrong in it."""
    visitor.go(f"{DESK}/followups/cadences/")
    visitor.page.get_by_role("link", name="Look at it and change it").click()
    visitor.press("Change it")
    visitor.look_around(f"{DESK}/followups/cadences/")
    visitor.go(f"{DESK}/followups/cadences/")
    visitor.page.get_by_role("link", name="Look at it and change it").click()
    visitor.page.get_by_role("link", name="Add a touch").click()
    visitor.fill(subject_en="{stpe}")
    visitor.press("Save in the draft", status=422)
    visitor.see("desk-followup-cadence-touch-new")


def think_of_going_back(visitor: Visitor) -> None:
    """The page that asks before time goes back, which there is only once time was moved. It stays an hour ahead."""
    visitor.go("/demo/")
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="1 hour later").click()
    visitor.page.get_by_role("link", name="Back to now").click()
    visitor.page.get_by_role("heading", name="Back to now?").wait_for()
    visitor.see("demo-back")
    visitor.page.get_by_role("link", name="Stay in the future").click()


def get_lost(visitor: Visitor) -> None:
    """The pages that say what went wrong."""
    visitor.visit("/no-such-page/", "", status=404)
    visitor.visit("/l/no-such-token/", "step-link", status=404)
    visitor.visit("/invitations/no-such-token/", "invitation", status=410)
    visitor.go("/accounts/signup/")
    visitor.fill(name="Nora Lund", email=NEWCOMER)
    visitor.page.context.clear_cookies()
    visitor.press("Mail me the code", status=403)
    visitor.see("account_signup")


def read_a_mail(visitor: Visitor) -> None:
    """A mail as its reader sees it. The frame it is shown in runs no script, so axe gets it outside of that."""
    visitor.go("/demo/mailbox/")
    mails = visitor.page.locator("main a.fl-row-title").evaluate_all("links => links.map(link => link.href)")
    for address in mails:
        visitor.go(address)
        frame = visitor.page.locator("iframe.fl-mail")
        if frame.count():
            body = urljoin(visitor.house.at, frame.get_attribute("src") or "")
            visitor.found.reached.add(page_name(body))
            look_at_mail(visitor, visitor.page.request.get(body).text())
            return
    raise AssertionError("There is no mail with HTML in the demo.")


def change_the_goal_from_a_mail(visitor: Visitor) -> None:
    """The steps that the demo's mails lead to ask for the goal themselves, so none of them links to its page."""
    visitor.visit(f"{link_to_a_step(visitor)}goal/", "step-link-goal")


def say_how_sure_from_a_mail(visitor: Visitor) -> None:
    """The question, and what is said where doubts come without a word."""
    visitor.visit(f"{link_to_a_step(visitor)}sure/?answer=doubts", "step-link-sure")
    visitor.press("Send it", status=422)
    visitor.see("step-link-sure")


def verify_a_certificate(visitor: Visitor) -> None:
    """Of a playbook that is finished: what anybody reads about its certificate, and the question it no longer asks."""
    visitor.go("/my/")
    certificate = visitor.page.locator(".my-certificate a").first.get_attribute("href") or ""
    paper = visitor.page.request.get(urljoin(visitor.house.at, certificate))
    number = re.search(r"certificate-(\S+)\.pdf", paper.headers["content-disposition"])
    assert number is not None
    visitor.visit(f"/certificates/{number.group(1)}/", "certificate")
    visitor.visit("/certificates/2345-6789-ABCD/", "certificate", status=404)
    visitor.visit(certificate.replace("certificates", "confidence"), "my-confidence")


def link_to_a_step(visitor: Visitor) -> str:
    """Without a password, from a mail in the demo's mailbox."""
    visitor.go("/demo/mailbox/")
    for address in visitor.page.locator("main a.fl-row-title").evaluate_all("links => links.map(link => link.href)"):
        visitor.go(address)
        frame = visitor.page.locator("iframe.fl-mail")
        if not frame.count():
            continue
        body = visitor.page.request.get(urljoin(visitor.house.at, frame.get_attribute("src") or "")).text()
        link = STEP_LINK.search(body)
        if link:
            return link.group()
    raise AssertionError("No mail in the demo leads to a step.")


def look_at_mail(visitor: Visitor, html: str) -> None:
    """In a page without our policy: a mail brings its own styles."""
    page = visitor.page.context.new_page()
    page.set_content(html)
    look_on_a_phone(page, visitor.found)
    page.evaluate(AXE)
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours)
        run_axe(page, visitor.found, colours, without=("landmark-one-main", "region"))


# Whose way it is: a door of the demo, or nobody's.
WAYS: Final[dict[str, tuple[str, Callable[[Visitor], None]]]] = {
    "sign up": ("", sign_up),
    "apply, and too often": ("", apply_too_often),
    "get lost": ("", get_lost),
    "meet errors": ("", meet_errors),
    "meet errors, signed in": ("reseller", meet_errors),
    "read a mail": ("", read_a_mail),
    "change the goal from a mail": ("", change_the_goal_from_a_mail),
    "say how sure from a mail": ("", say_how_sure_from_a_mail),
    "verify a certificate": ("sponsor", verify_a_certificate),
    "invite": ("channel-manager", invite),
    "import files": ("channel-manager", import_files),
    "start for all who wait": ("channel-manager", start_for_all_who_wait),
    "edit a playbook": ("channel-manager", edit_a_playbook),
    "change a cadence": ("channel-manager", change_a_cadence),
    "think of going back": ("", think_of_going_back),
}
