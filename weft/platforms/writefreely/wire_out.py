"""Writes articles as blogs and their readers read them: WordPress, Ghost, WriteFreely, Plume.

``summary`` introduces the text and never warns: together with ``sensitive`` many would take it for a warning,
so it is then left to ``preview``, and the warning stands in ``dcterms:subject``. Source: FEP-b2b8; section 5 of
the interop notes of WriteFreely.
"""

from typing import Any

from weft.domain.posts.kinds import ArticleFacets
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import interaction_policy
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, JsonObject, known

CONTEXT: list[Any] = [
    AS,
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "dcterms": "http://purl.org/dc/terms/",
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    },
]


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """An article; a note, which blogs write and read as well; None for all else."""
    match PostKind(facts.post.kind):
        case PostKind.ARTICLE:
            return write_article(server, facts)
        case PostKind.NOTE | PostKind.COMMENT:
            return common(server, facts, "Note")
        case _:
            return None


def write_article(server: Server, facts: PostFacts) -> JsonObject:
    """The whole text, with what is shown before it is opened."""
    post = facts.post
    article = post_facets(post.facets).article or ArticleFacets()
    document = common(server, facts, "Article") | {
        "name": post.title,
        "context": facts.context_uri,
        "summary": None,
    }
    others = [each.uri for each in facts.places]
    if others:
        document["audience"] = others
    if post.language:
        document["contentMap"] = {post.language: post.content}
    if article.summary:
        if not document["sensitive"]:
            document["summary"] = article.summary
        document["preview"] = {
            "type": "Note",
            "attributedTo": facts.author.uri,
            "content": article.summary,
        }
    if post.summary:
        document["dcterms:subject"] = post.summary
    if article.image_url is not None:
        rest = document["attachment"]
        # The picture above the text is no further one.
        document["attachment"] = [each for each in rest if each["url"] != article.image_url]
        document["image"] = _image(article)
    if (policy := interaction_policy(post, facts.author)) is not None:
        document["interactionPolicy"] = policy
    return known(document)


def _image(article: ArticleFacets) -> JsonObject:
    image = {"type": "Image", "url": article.image_url}
    more = {"name": article.image_alt, "mediaType": article.image_type}
    return image | {key: each for key, each in more.items() if each is not None}
