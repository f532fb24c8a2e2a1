"""A post in the form that the table says: made from the document that everybody gets.

Pure functions; each takes that document, which they may change, and gives what is sent instead. Ids,
addressing and tags stay the same in all forms.
"""

from collections.abc import Callable
from html import escape

from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import ArticleFacets
from weft.domain.posts.records import post_facets
from weft.federation.dialects import JsonObject
from weft.federation.facts import PostFacts
from weft.federation.forms.files import (
    is_taken_by_pixelfed,
    lead_file,
    lead_picture,
    playable,
)
from weft.federation.forms.said import FEW_PICTURES
from weft.federation.forms.table import Form
from weft.federation.forms.words import linked, words_of

Reshape = Callable[[JsonObject, PostFacts], JsonObject]

_TITLE = 200
"""As long as Lemmy's are, in characters."""
_POLL = ("oneOf", "anyOf", "votersCount", "endTime", "closed")
_QUOTE = ("quote", "_misskey_quote", "quoteUri", "quoteUrl", "quoteAuthorization")


def reshape(form: Form, document: JsonObject, facts: PostFacts) -> JsonObject:
    """The document in this form; a form of something else than posts changes nothing."""
    change = _FORMS.get(form)
    return change(document, facts) if change is not None else document


def without_re_line(document: JsonObject, facts: PostFacts) -> JsonObject:
    """For those who show the quoted post."""
    content = document["content"].removeprefix(_lead(document, facts))
    return _saying(document, content, as_typed=True)


def only_re_line(document: JsonObject, facts: PostFacts) -> JsonObject:
    """For those who know no quotes."""
    document["tag"] = [each for each in document["tag"] if each["type"] != "Link"]
    return {name: value for name, value in document.items() if name not in _QUOTE}


def without_emoji(document: JsonObject) -> JsonObject:
    document["tag"] = [each for each in document["tag"] if each["type"] != "Emoji"]
    return document


def for_pixelfed(document: JsonObject) -> JsonObject:
    """With the files that it takes, and links to the others."""
    files = document["attachment"]
    document["attachment"] = [each for each in files if is_taken_by_pixelfed(each)]
    others = _links([each for each in files if not is_taken_by_pixelfed(each)])
    return _saying(document, document["content"] + others) if others else document


def is_dropped_by_pixelfed(document: JsonObject) -> bool:
    """It shows pictures, answers and messages, and nothing else."""
    is_apart = document["inReplyTo"] is None and not document.get("directMessage")
    return is_apart and not document["attachment"]


def _rest(document: JsonObject, facts: PostFacts) -> JsonObject:
    shown = f"📷 {FEW_PICTURES}/{len(facts.attachments)} "
    return _saying(document, document["content"] + linked(document["url"], shown))


def _titled(document: JsonObject, facts: PostFacts) -> JsonObject:
    words = words_of(facts, document["url"])
    document = _note(document)
    document["attachment"] += _playable(document, facts)
    return _saying(document, words.title + _lead(document, facts) + words.body + words.link)


def _teaser(document: JsonObject, facts: PostFacts) -> JsonObject:
    words = words_of(facts, document["url"])
    document = _with_lead_picture(_note(document), facts)
    return _saying(document, words.title + _lead(document, facts) + words.teaser + words.link)


def _headed(type_: str) -> Reshape:
    def change(document: JsonObject, facts: PostFacts) -> JsonObject:
        if document["inReplyTo"] is not None:
            return _titled(document, facts)
        words = words_of(facts, document["url"])
        lead = _lead(document, facts)
        name = facts.post.title or html_to_text(words.body).partition("\n")[0]
        document |= {"type": type_, "name": name[:_TITLE] or document["url"]}
        document["attachment"] += _playable(document, facts)
        return _saying(_page(document, facts), lead + words.body + words.link)

    return change


def _page(document: JsonObject, facts: PostFacts) -> JsonObject:
    """The first of its attachments is what the thread is about."""
    if facts.post.link_url is not None and document["type"] == "Page":
        document["attachment"].insert(0, {"type": "Link", "href": facts.post.link_url})
    return document


def _listed(document: JsonObject, facts: PostFacts) -> JsonObject:
    choices = "".join(f"<li>{escape(each.title)}</li>" for each in facts.options)
    said = f"{document['content']}<ul>{choices}</ul>{linked(document['url'])}"
    document = _note({name: value for name, value in document.items() if name not in _POLL})
    return _saying(document, said)


def article(document: JsonObject, facts: PostFacts) -> JsonObject:
    """A whole one (FEP-b2b8): what introduces it is its summary, unless there is a warning."""
    facets = post_facets(facts.post.facets)
    about = facets.article or ArticleFacets()
    words = words_of(facts, document["url"])
    document["type"] = "Article"
    if facts.post.summary:
        document["dcterms:subject"] = facts.post.summary
    elif about.summary and not document["sensitive"]:
        document["summary"] = about.summary
    picture = lead_picture(facets)
    if picture is not None:
        document["image"] = picture
    document["preview"] = {
        "type": "Note",
        "attributedTo": document["attributedTo"],
        "content": words.title + words.teaser + words.link,
    }
    return document


def _unfolded(document: JsonObject, facts: PostFacts) -> JsonObject:
    """A summary is a warning to them, and of pictures they show the attached ones."""
    document = article(document, facts)
    document["summary"] = facts.post.summary
    del document["preview"]
    return _with_lead_picture(document, facts)


def _inline(document: JsonObject, facts: PostFacts) -> JsonObject:
    """They show no name, or take it for a warning."""
    document = _unfolded(document, facts)
    document.pop("name", None)
    return _saying(document, words_of(facts, document["url"]).title + document["content"])


def _chat_message(document: JsonObject, facts: PostFacts) -> JsonObject:
    """Exactly one is addressed, and at most one file goes with it."""
    files = document["attachment"]
    warning = f"<p><strong>{escape(facts.post.summary)}</strong></p>" if facts.post.summary else ""
    more = _links(files[1:])
    message: JsonObject = {
        "id": document["id"],
        "type": "ChatMessage",
        "actor": document["attributedTo"],
        "attributedTo": document["attributedTo"],
        "to": document["to"],
        "content": warning + document["content"] + more,
        "published": document["published"],
        "tag": [each for each in document["tag"] if each["type"] == "Emoji"],
    }
    if files:
        message["attachment"] = files[0]
    if "source" in document and not warning + more:
        message["source"] = document["source"]
    return message


def _links(files: list[JsonObject]) -> str:
    """Instead of the files; one that is still being worked on has no address yet."""
    addresses = (each.get("url") or each.get("href") for each in files)
    return "".join(linked(each) for each in addresses if each)


def _talk(document: JsonObject, facts: PostFacts) -> JsonObject:
    return document | {"_misskey_talk": True}


def _note(document: JsonObject) -> JsonObject:
    """A Note with a name may be taken for a vote, or folded behind it."""
    document.pop("name", None)
    document["type"] = "Note"
    return document


def _saying(document: JsonObject, content: str, *, as_typed: bool = False) -> JsonObject:
    """With another text; what was typed is not its source, and some would show that instead."""
    document["content"] = content
    if not as_typed:
        document.pop("source", None)
    if "contentMap" in document:
        document["contentMap"] = dict.fromkeys(document["contentMap"], content)
    return document


def _with_lead_picture(document: JsonObject, facts: PostFacts) -> JsonObject:
    known = {each.get("url") for each in document["attachment"]}
    lead = lead_file(post_facets(facts.post.facets))
    if lead is not None and lead["url"] not in known:
        document["attachment"].insert(0, lead)
    return document


def _lead(document: JsonObject, facts: PostFacts) -> str:
    """The line ``RE: link`` that goes before the text of a quote."""
    return str(document["content"]).removesuffix(facts.post.content) if facts.quote else ""


def _playable(document: JsonObject, facts: PostFacts) -> list[JsonObject]:
    if document["attachment"]:
        return []  # its own uploads are the video or the track
    facets = post_facets(facts.post.facets)
    length = facets.video or facets.track
    duration = None
    if length is not None and length.duration_ms:
        duration = f"PT{length.duration_ms / 1000:.3f}".rstrip("0").rstrip(".") + "S"
    return playable(facets, duration, facts.post.title)


_FORMS: dict[Form, Reshape] = {
    Form.REST: _rest,
    Form.TITLED: _titled,
    Form.TEASER: _teaser,
    Form.AS_PAGE: _headed("Page"),
    Form.AS_ARTICLE: _headed("Article"),
    Form.PAGE: _page,
    Form.ARTICLE: article,
    Form.ARTICLE_SUMMED: article,
    Form.ARTICLE_UNFOLDED: _unfolded,
    Form.ARTICLE_INLINE: _inline,
    Form.LISTED: _listed,
    Form.CHAT_MESSAGE: _chat_message,
    Form.TALK: _talk,
}
