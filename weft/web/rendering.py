"""Pages from templates, with the headers that every page of ours has.

Templates are Jinja's, escaped by default; what is missing in them is an error. A page may load
styles and scripts from this server only, and be framed by nobody.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar.response.base import ASGIResponse

from weft.web.static_files import asset

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["shown_at"] = str
    return made


def policy(
    *, images: str = "'self'", form_action: str = "'self'", framed_by: str = "'none'"
) -> str:
    """The Content-Security-Policy of a page; all three are source lists."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images};"
        f" media-src {images}; form-action {form_action}; frame-ancestors {framed_by}; base-uri 'none'"
    )


def reading_policy() -> str:
    """For pages that show posts: other servers' pictures are shown from where they are."""
    return policy(images="'self' https: http: data:")


def page(
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    security: str | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: tuple[str, ...] = (),
) -> ASGIResponse:
    """An HTML answer; kept by nobody unless ``headers`` say otherwise."""
    body = environment().get_template(template).render(context).encode()
    sent = {
        "content-security-policy": security or policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
        **(headers or {}),
    }
    return ASGIResponse(
        body=body,
        status_code=status,
        media_type="text/html",
        headers=[*sent.items(), *(("set-cookie", each) for each in cookies)],
    )


def redirect(to: str, *, cookies: tuple[str, ...] = ()) -> ASGIResponse:
    """303: whatever was sent, the next thing is a GET. What a header cannot carry is encoded."""
    return ASGIResponse(
        body=b"",
        status_code=303,
        media_type="text/plain",
        headers=[
            ("location", quote(to, safe="%/:?#[]@!$&'()*+,;=~")),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            *(("set-cookie", each) for each in cookies),
        ],
    )
