"""What a partner has at the end of a playbook: a certificate as a PDF, and a page where anybody can verify it."""
