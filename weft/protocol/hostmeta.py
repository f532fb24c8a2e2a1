"""host-meta (RFC 6415): where WebFinger answers. Old software still asks for it first."""

from html import escape


def build(origin: str) -> str:
    """The XRD of a server at ``origin``."""
    template = escape(f"{origin}/.well-known/webfinger?resource={{uri}}", quote=True)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{template}"/>\n'
        "</XRD>\n"
    )
