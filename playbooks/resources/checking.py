"""What is missing in the resources of a step, in plain words."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from partners.places import language_name
from playbooks.evidence.checking import Gap
from playbooks.models import PlaybookVersion, StoredFile
from playbooks.resources.items import Kind, Resource, files_of, player_of
from playbooks.texts import shortened


def of_resources(
    resources: Iterable[Resource], languages: Sequence[str], kept: Collection[str] | None
) -> Iterator[Gap]:
    """``kept`` are the keys of the files that the vendor has; None: not asked."""
    for resource in resources:
        label = {"label": shortened(resource.label(languages[0] if languages else ""))}
        for language in languages:
            words = resource.texts.get(language, {})
            if not words.get("label"):
                message = _("something that helps with it has no label in %(language)s.")
                if any(each.get("label") for each in resource.texts.values()):
                    message = _("what helps as “%(label)s” has no label in %(language)s.")
                values = {**label, "language": language_name(language)}
                yield Gap(message % values, blocks=True, key=resource.key)
        if not resource.leads_to(""):
            yield Gap(_("“%(label)s” leads nowhere yet.") % label, blocks=True, key=resource.key)
        if kept is not None and any(file not in kept for file in files_of([resource])):
            message = _("the file of “%(label)s” is not here. Upload it.")
            yield Gap(message % label, blocks=True, key=resource.key)
        addresses = [words.get("address") for words in resource.texts.values()]
        if any(each and each.startswith("http://") for each in addresses):
            message = _("the address of “%(label)s” begins with http://, where anybody can read along. Use https://.")
            yield Gap(message % label, blocks=False, key=resource.key)
        if resource.kind == Kind.VIDEO and any(each and player_of(each) is None for each in addresses):
            message = _("“%(label)s” is no film at YouTube or Vimeo. Copy its address there, or make it a link.")
            yield Gap(message % label, blocks=True, key=resource.key)


def kept_among(resources: Iterable[Resource], version: PlaybookVersion) -> set[str]:
    """One query, or none where there is no file."""
    wanted = set(files_of(resources))
    if not wanted:
        return set()
    return set(
        StoredFile.objects.filter(vendor__playbooks=version.playbook_id, key__in=wanted).values_list("key", flat=True)
    )
