"""Why a request to another server did not bring what was wanted."""


class FetchError(Exception):
    """Base of all. ``str()`` is a sentence for the operator or the person who searched."""

    def __init__(self, url: str, problem: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{url[:300]} {problem}")
        self.url = url
        self.problem = problem
        self.retry_after_s = retry_after_s
        """When it makes sense to ask again, if that is known."""


class Unreachable(FetchError):
    """The server did not answer, broke off, or says that it cannot answer now (5xx, 429)."""


class Refused(FetchError):
    """We do not go there: the address, the scheme, the port or the redirect is not allowed."""


class TooLarge(FetchError):
    """The answer is longer than allowed, before or after decompression."""


class BadContentType(FetchError):
    """The answer is not of the kind that was asked for."""


class NotFound(FetchError):
    """404: there is nothing (for us) at this URL."""


class Gone(FetchError):
    """410: there was something, and it will not come back."""


class Denied(FetchError):
    """The server does not want us to have it: any other 4xx, mostly 401 and 403."""


class Budget(FetchError):
    """Not asked: this host's share of requests or bytes is used up for now."""
