from django.urls import path

from playbooks.desk import (
    comments,
    compare,
    editor,
    evidence,
    looking,
    offer,
    paths,
    resources,
    shelf,
    step,
    sureness,
    upgrade,
    versions,
)

BASE = "v/<slug:vendor>/playbooks/"
ONE = f"{BASE}<int:playbook>/"
FIELD = f"{ONE}steps/<int:step>/evidence/fields/<slug:field>"
RESOURCE = f"{ONE}steps/<int:step>/resources/<slug:resource>"

urlpatterns = [
    path(BASE, shelf.playbooks, name="desk-playbooks"),
    path(f"{BASE}sureness/", sureness.sureness, name="desk-playbook-sureness"),
    path(f"{BASE}new/", shelf.new, name="desk-playbook-new"),
    path(f"{BASE}new/empty/", shelf.start_empty, name="desk-playbook-empty"),
    path(f"{BASE}new/file/", shelf.load, name="desk-playbook-load"),
    path(f"{BASE}new/<slug:key>/", shelf.copy, name="desk-playbook-copy"),
    path(ONE, editor.playbook, name="desk-playbook"),
    path(f"{ONE}details/", editor.details, name="desk-playbook-details"),
    path(f"{ONE}move/", editor.move, name="desk-playbook-move"),
    path(f"{ONE}stages/", editor.new_stage, name="desk-playbook-stage-new"),
    path(f"{ONE}stages/<int:stage>/", editor.stage, name="desk-playbook-stage"),
    path(f"{ONE}undo/", editor.undone, name="desk-playbook-undo"),
    path(f"{ONE}redo/", editor.redone, name="desk-playbook-redo"),
    path(f"{ONE}stages/<int:stage>/copy/", editor.stage_copied, name="desk-playbook-stage-copy"),
    path(f"{ONE}steps/<int:step>/copy/", step.step_copied, name="desk-playbook-step-copy"),
    path(f"{ONE}stages/<int:stage>/remove/", editor.stage_removed, name="desk-playbook-stage-remove"),
    path(f"{ONE}stages/<int:stage>/steps/", editor.new_step, name="desk-playbook-step-new"),
    path(f"{ONE}steps/<int:step>/", step.step, name="desk-playbook-step"),
    path(f"{ONE}steps/<int:step>/comments/", comments.comment, name="desk-playbook-comment"),
    path(
        f"{ONE}steps/<int:step>/comments/<int:comment>/settle/", comments.settled, name="desk-playbook-comment-settle"
    ),
    path(f"{ONE}steps/<int:step>/remove/", step.step_removed, name="desk-playbook-step-remove"),
    path(f"{ONE}steps/<int:step>/preview/", looking.preview, name="desk-playbook-preview"),
    path(f"{ONE}steps/<int:step>/preview/look/", looking.look, name="desk-playbook-look"),
    path(f"{ONE}steps/<int:step>/evidence/", evidence.evidence, name="desk-playbook-evidence"),
    path(f"{ONE}steps/<int:step>/evidence/pass-mark/", evidence.pass_mark, name="desk-playbook-pass-mark"),
    path(f"{ONE}steps/<int:step>/path/", paths.step_path, name="desk-playbook-path"),
    path(f"{ONE}steps/<int:step>/resources/", resources.resources, name="desk-playbook-resources"),
    path(f"{ONE}steps/<int:step>/offer/", offer.offer, name="desk-playbook-offer"),
    path(f"{RESOURCE}/", resources.resource, name="desk-playbook-resource"),
    path(f"{RESOURCE}/move/", resources.resource_moved, name="desk-playbook-resource-move"),
    path(f"{RESOURCE}/remove/", resources.resource_removed, name="desk-playbook-resource-remove"),
    path(f"{FIELD}/", evidence.evidence_field, name="desk-playbook-evidence-field"),
    path(f"{FIELD}/move/", evidence.evidence_moved, name="desk-playbook-evidence-move"),
    path(f"{FIELD}/remove/", evidence.evidence_removed, name="desk-playbook-evidence-remove"),
    path(f"{ONE}publish/", versions.publishing, name="desk-playbook-publish"),
    path(f"{ONE}default/", versions.default, name="desk-playbook-default"),
    path(f"{ONE}duplicate/", versions.duplicated, name="desk-playbook-duplicate"),
    path(f"{ONE}draft/", versions.draft, name="desk-playbook-draft"),
    path(f"{ONE}draft/discard/", versions.draft_discarded, name="desk-playbook-discard"),
    path(f"{ONE}versions/", versions.history, name="desk-playbook-history"),
    path(f"{ONE}versions/compare/", compare.comparing, name="desk-playbook-compare"),
    path(f"{ONE}upgrade/", upgrade.upgrading, name="desk-playbook-upgrade"),
    path(f"{ONE}upgrade/<int:upgrade>/undo/", upgrade.undone, name="desk-playbook-upgrade-undo"),
    path(f"{ONE}versions/<int:number>/", editor.version, name="desk-playbook-version"),
    path(f"{ONE}versions/<int:number>/export/", versions.export, name="desk-playbook-export"),
]
