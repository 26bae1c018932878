"""Why a change to a resident was refused."""


class UnableToChangeResident(Exception):
    """A change was refused; `code` says why.

    NOT_FOUND, NOT_ALLOWED, BAD_VALUE (neither an e-mail address nor a phone number), SAME_RESIDENT, or
    WRONG_STATE where somebody has merged one of two residents meanwhile, or undone that.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
