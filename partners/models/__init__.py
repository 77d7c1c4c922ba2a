from partners.models.activity import Activity
from partners.models.application import Application
from partners.models.audit import AuditEntry
from partners.models.contact import Contact
from partners.models.customer import Customer, Order
from partners.models.invitation import Invitation
from partners.models.member import Member
from partners.models.partner import Partner
from partners.models.upload import Upload
from partners.models.user import User
from partners.models.vendor import Vendor

__all__ = [
    "Activity",
    "Application",
    "AuditEntry",
    "Contact",
    "Customer",
    "Invitation",
    "Member",
    "Order",
    "Partner",
    "Upload",
    "User",
    "Vendor",
]
