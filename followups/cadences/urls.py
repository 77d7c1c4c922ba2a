from django.urls import path

from followups.cadences import pages, parts, previews, publications

BASE = "v/<slug:vendor>/followups/cadences/"
BOOK = f"{BASE}playbooks/<int:playbook>/"
ONE = f"{BASE}<int:pk>/"
TOUCH = f"{ONE}touches/<slug:kind>/"

urlpatterns = [
    path(BASE, pages.cadences, name="desk-followup-cadences"),
    path(BOOK, parts.playbook, name="desk-followup-cadence-playbook"),
    path(f"{BOOK}own/", parts.own, name="desk-followup-cadence-own"),
    path(f"{BOOK}stages/<slug:key>/own/", parts.stage_own, name="desk-followup-cadence-stage-own"),
    path(f"{BOOK}steps/<slug:key>/own/", parts.step_own, name="desk-followup-cadence-step-own"),
    path(ONE, pages.cadence, name="desk-followup-cadence"),
    path(f"{ONE}timing/", pages.timing, name="desk-followup-cadence-timing"),
    path(f"{ONE}draft/", pages.draft, name="desk-followup-cadence-draft"),
    path(f"{ONE}draft/discard/", pages.draft_discarded, name="desk-followup-cadence-discard"),
    path(f"{ONE}standard/", pages.inherited_again, name="desk-followup-cadence-standard"),
    path(f"{ONE}nothing/", pages.nothing_sent, name="desk-followup-cadence-nothing"),
    path(f"{ONE}publish/", publications.publishing, name="desk-followup-cadence-publish"),
    path(f"{ONE}touch/", pages.new_touch, name="desk-followup-cadence-touch-new"),
    path(TOUCH, pages.touch, name="desk-followup-cadence-touch"),
    path(f"{TOUCH}remove/", pages.touch_removed, name="desk-followup-cadence-touch-remove"),
    path(f"{TOUCH}preview/", previews.preview_page, name="desk-followup-cadence-preview"),
    path(f"{TOUCH}preview/mail/", previews.mail_body, name="desk-followup-cadence-preview-mail"),
    path("v/<slug:vendor>/followups/rehearsal/", publications.rehearsal, name="desk-followup-rehearsal"),
]
