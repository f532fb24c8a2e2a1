"""What a document says its text is written in, as HTML to be sanitised or as sanitised HTML."""

from weft.domain.markup.bbcode import BBCODE, bbcode_to_html
from weft.domain.markup.markdown import markdown_to_html
from weft.domain.markup.mfm import MFM, mfm_to_html
from weft.domain.markup.plain import text_as_paragraphs
from weft.domain.markup.sanitise import Profile, clean_html

MARKDOWN = "text/markdown"
_PLAIN = "text/plain"


def as_html(content: str, media_type: str | None, profile: Profile) -> str:
    """Sanitised HTML. Mentions and hashtags of foreign markup stay text: whom they mean, the
    document's ``tag`` says."""
    if media_type == MARKDOWN:
        return markdown_to_html(content, {}, (), "", profile)
    if media_type == MFM:
        return mfm_to_html(content, profile=profile)
    if media_type == BBCODE:
        return bbcode_to_html(content, profile)
    if media_type == _PLAIN:
        return clean_html(text_as_paragraphs(content), profile)
    return clean_html(content, profile)
