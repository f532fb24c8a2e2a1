"""Fetching other servers' pictures; who serves them need not know who asks, so nothing is signed."""

from weft.federation.http.client import HttpClient
from weft.federation.http.errors import FetchError
from weft.media.remote import Fetch, Fetched, NotHad


def picture_fetcher(http: HttpClient) -> Fetch:
    """Fetches pictures; who serves them need not know who asks, so nothing is signed."""

    async def fetch(url: str, most_bytes: int) -> Fetched:
        try:
            got = await http.get(url, accept="image/*", max_bytes=most_bytes)
        except FetchError as error:
            raise NotHad(str(error)) from None
        if not 200 <= got.status < 300:
            raise NotHad(f"Its server answers {got.status}.")
        return Fetched(got.body)

    return fetch
