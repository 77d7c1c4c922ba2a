"""What happened on this floor, told to the floors above inside the same transaction."""

from django.dispatch import Signal

# vendor: Vendor, partners: Sequence[Partner], playbook: str (slug, "" for the vendor's default), by: User,
# now: datetime
partner_accepted = Signal()

# vendor: Vendor. Asked of the floors above: would something start, if a partner were accepted now? They answer bool.
acceptance_asked = Signal()

# vendor: Vendor, now: datetime. A new tenant exists; floors above add their defaults.
vendor_created = Signal()

# vendor: Vendor, partner_ids: Sequence[int], now: datetime. Facts that lists show about these partners changed.
partners_changed = Signal()

# partner_ids: Sequence[int], of one vendor, now: datetime. Their size, country or vertical changed. What is made of it
# is there before ``partners_changed`` is told, which follows in the same transaction.
profiles_changed = Signal()

# vendor: Vendor, now: datetime. Its zone, days or hours changed and its policy_version was raised.
policy_changed = Signal()

# partner: Partner, now: datetime. Its zone or country changed, and so the hours in which its people are written to.
partner_zone_changed = Signal()

# partner: Partner, by: User, now: datetime. Somebody joined its people, left them, or does something else there.
people_changed = Signal()

# contact: Contact, now: datetime. They have another address, written down by hand.
contact_readdressed = Signal()

# vendor: Vendor, now: datetime. It no longer asks partners how sure they are.
asking_stopped = Signal()

# vendor: Vendor, now: datetime. It calls partners silent earlier or later than before.
thresholds_changed = Signal()
