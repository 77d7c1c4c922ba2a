"""The demo: doors without a password, a mailbox and a clock that can be moved. Only with DEMO=1."""
