"""Why a request was not done."""


class Refused(Exception):
    """The request was understood and cannot be done; carries the error code."""

    def __init__(self, code, detail=""):
        super().__init__(detail)
        self.code = code
        self.detail = detail
