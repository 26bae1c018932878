"""Take away one defence of a system under a rig, so that the rig can show that it would notice.

`FAILPOINT` in the environment names it; only `tests.faults.settings` installs this app.
"""

FAILPOINTS = ("ack-before-commit", "send-without-lease", "mark-sent-before-send", "send-when-woken")
FAILPOINTS_OF_MAIL = ("pass-by-before-keeping", "forget-what-was-kept", "mark-sent-before-send")
