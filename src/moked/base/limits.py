"""What a process gives up for good before it unpacks what strangers send."""

import os
import resource

POLITENESS = 10


def limit_self(*, memory: int, largest_file: int) -> None:
    """Take no more memory and write no larger file than so many bytes, start no program, leave no core.

    Whatever takes this process over cannot raise these again. It lets others go first, too.
    """
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(POLITENESS)
