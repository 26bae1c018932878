"""Whom we trust to say who a server is."""

import functools
import ssl


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """Return the context that checks a server's certificate; reading the authorities takes a while.

    They are the machine's; SSL_CERT_FILE in the environment names others.
    """
    return ssl.create_default_context()
