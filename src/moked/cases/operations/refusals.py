"""Why a change is refused. `code` says why; the front door chooses the words."""


class CaseError(Exception):
    """A change was refused; `code` says why and the front door chooses the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnableToOpenCase(CaseError):
    """Codes: WRONG_TOWN, NOT_OFFERED, NOTHING_SAID."""


class UnableToChangeCase(CaseError):
    """Codes: NOT_FOUND, NOT_ALLOWED, WRONG_STATE, NOTHING_SAID, UNKNOWN_HANDLER, UNKNOWN_SERVICE,
    NO_OPEN_REVIEW, NO_OPEN_CHECK, PROOF_NEEDED, SAME_CASE, CONFIDENTIAL_APART, ALREADY_LINKED, NOT_PUBLIC,
    DATE_PASSED, UNKNOWN_LABEL, TOO_MANY_LABELS.
    """
