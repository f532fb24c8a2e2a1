"""The letters that a site has written, as people get them."""

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from tests.web.conftest import Site


async def all_letters(site: Site, to: str) -> list[EmailMessage]:
    """To one address, the oldest first."""
    postman = site.parts.postman
    assert postman is not None
    postman._server = site.parts.server
    while await postman.send_due():
        pass
    folder = site.parts.settings.data / "mail"
    files = sorted(folder.iterdir(), key=lambda each: int(each.stem)) if folder.exists() else []
    read = [BytesParser(policy=default).parsebytes(file.read_bytes()) for file in files]
    return [each for each in read if each["to"] == to]


async def last_letter(site: Site, to: str) -> str:
    """The text of the newest."""
    found = await all_letters(site, to)
    assert found, f"nothing was written to {to}"
    return str(found[-1].get_content())


async def subjects(site: Site, to: str) -> list[str]:
    return [str(each["subject"]) for each in await all_letters(site, to)]


def link_in(letter: str, path: str) -> str:
    """The first address of the site in a letter that begins so, without the origin."""
    found = re.search(rf"https?://[^/\s]+({re.escape(path)}\S*)", letter)
    assert found is not None, letter
    return found[1]
