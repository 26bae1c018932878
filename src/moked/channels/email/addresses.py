"""Addresses that say by themselves what a mail to them is about: what stands behind a plus.

Mail servers deliver `name+anything@domain` to `name@domain` (RFC 5233). Case is not kept everywhere, so what
stands there is lower case.
"""

BOUNCE = "bounce-"


def with_tag(mailbox: str, tag: str) -> str:
    """Return the address of a mailbox that carries a tag."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{tag}@{domain}"


def untagged(address: str) -> str:
    """Return the address of the mailbox that a mail to an address comes to, in the form it is compared in."""
    local, _, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def tag_of(address: str, mailbox: str) -> str:
    """Return the tag of an address of this mailbox, '' for any other address and for none."""
    local, _, domain = address.strip().casefold().rpartition("@")
    own_local, _, own_domain = mailbox.casefold().rpartition("@")
    bare, _, tag = local.partition("+")
    return tag if (bare, domain) == (own_local, own_domain) else ""


def bounce_address(mailbox: str, message_id: str) -> str:
    """Return where mail servers tell of a mail that did not arrive: it names the mail (VERP)."""
    return with_tag(mailbox, BOUNCE + message_id.strip("<>").partition("@")[0])


def bounced(tag: str, mailbox_domain: str) -> str:
    """Return the Message-ID of the mail that a tag says did not arrive, '' for other tags."""
    name = tag.removeprefix(BOUNCE)
    return f"<{name}@{mailbox_domain}>" if name != tag else ""
