"""The mail rig: mail servers and what reads and sends mails die at each step, then ledgers are compared."""
