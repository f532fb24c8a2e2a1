"""What a document says its text is written in, as HTML to be sanitised or as sanitised HTML."""

from weft.domain.markup.bbcode import BBCODE, bbcode_to_html
from weft.domain.markup.markdown import markdown_to_html
from weft.domain.markup.mfm import MFM, mfm_to_html
from weft.domain.markup.plain import text_as_paragraphs
from weft.domain.markup.sanitise import Profile, clean_html
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import first_object, text_of

MARKDOWN = "text/markdown"
_PLAIN = "text/plain"

_SOURCE = 100_000


def source_of(document: JsonObject) -> tuple[str | None, str | None]:
    """What the author typed and in which language (a media type), if the document tells both."""
    source = first_object(document.get("source"))
    if source is None and text_of(document.get("mediaType")) == MARKDOWN:
        # What PeerTube's people write is sent as they wrote it.
        source = document
    if source is None:
        return None, None
    typed, language = text_of(source.get("content")), text_of(source.get("mediaType"))
    if not typed or not language:
        return None, None
    return typed[:_SOURCE], language.partition(";")[0].strip().lower()[:100]


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
