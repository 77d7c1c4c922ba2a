"""The vendor's pages for writing playbooks."""
