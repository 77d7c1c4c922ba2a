"""Who stands behind the three doors."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Door:
    """A button on /demo/ that signs in as one of the demo's people."""

    key: str
    email: str
    title: str | Promise
    story: str | Promise
    button: str | Promise
    icon: str
    lands_on: str  # name of the page


VENDOR = "nordlicht"

DOORS = (
    Door(
        key="channel-manager",
        email="mara.lindqvist@nordlicht.example",
        title=_("The channel manager"),
        story=_(
            "Mara and a colleague look after some sixty resellers at Nordlicht Backup. She wants to know who needs her "
            "today, and why."
        ),
        button=_("Come in as Mara"),
        icon="layout-dashboard",
        lands_on="desk-today",
    ),
    Door(
        key="reseller",
        email="jonas.weber@weber-it.example",
        title=_("The reseller"),
        story=_("Jonas signed yesterday. He runs an IT business of four and has ten minutes between two jobs."),
        button=_("Come in as Jonas"),
        icon="device-mobile",
        lands_on="my-today",
    ),
    Door(
        key="sponsor",
        email="ingrid.solberg@fjordnett.example",
        title=_("The sponsor"),
        story=_("Ingrid brought nine resellers in. Once a day she looks at one page: her first line."),
        button=_("Come in as Ingrid"),
        icon="users",
        lands_on="my-first-line",
    ),
)

# Not one of the three whose day the demo shows.
OPERATOR = Door(
    key="operator",
    email="operator@firstline.example",
    title=_("Whoever runs the installation"),
    story=_("Sees how the engine is doing, over all vendors, and none of their partners."),
    button=_("Look at the engine"),
    icon="engine",
    lands_on="operators",
)


def door(key: str) -> Door | None:
    return next((door for door in (*DOORS, OPERATOR) if door.key == key), None)
