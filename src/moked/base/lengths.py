"""How long what people write about themselves may be, in characters, wherever it is asked for or kept."""

LONGEST_NAME = 120
LONGEST_EMAIL = 254  # no mail server takes a longer one (RFC 5321)
