"""host-meta (RFC 6415): where WebFinger answers. Old software still asks for it first."""

from html import escape
from typing import Any


def build(origin: str) -> str:
    """The XRD of a server at ``origin``."""
    template = escape(f"{origin}/.well-known/webfinger?resource={{uri}}", quote=True)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{template}"/>\n'
        "</XRD>\n"
    )


def build_json(origin: str) -> dict[str, Any]:
    """The same as JSON (RFC 6415 section 3)."""
    template = f"{origin}/.well-known/webfinger?resource={{uri}}"
    return {"links": [{"rel": "lrdd", "type": "application/jrd+json", "template": template}]}
