"""WriteFreely, WordPress, Ghost, Plume: long texts with what introduces them."""

from tests.platforms.reading.corpus import (
    DIALECTS,
    actor,
    document,
    is_no_post,
    post,
    reads,
    variant,
)
from weft.domain.actors.records import ActorKind
from weft.domain.posts.kinds import ArticleFacets
from weft.domain.posts.records import PostKind, Tag
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost

BLOG = "https://blog.example"
is_no_post(
    "writefreely",
    "answers of its API, and other activities",
    "accept-follow", "api-channels", "api-collection", "api-collection-created",
    "api-collection-post-created", "api-collection-posts", "api-error", "api-login", "api-my-posts",
    "api-pin-result", "api-post", "api-post-created", "api-unpublished-410", "delete-article",
)  # fmt: skip


def article_of(read: RemotePost) -> ArticleFacets:
    assert read.kind is PostKind.ARTICLE
    assert read.facets.article is not None
    return read.facets.article


@reads("writefreely/article", "writefreely/create-article", "writefreely/update-article")
def a_first_post(name: str) -> None:
    read = post(name, f"{BLOG}/api/collections/matt/followers")
    assert article_of(read) == ArticleFacets()
    assert (read.title, read.language, read.visibility) == (
        "My First Post",
        "en",
        Visibility.PUBLIC,
    )
    assert read.url == f"{BLOG}/matt/my-first-post"
    assert (read.tags, read.mentions) == (
        (Tag("golang", "golang"),),
        ("https://example.com/users/ada",),
    )
    assert [(each.url, each.description) for each in read.media] == [
        ("https://i.example/one.jpg", None)
    ]
    assert (read.summary, read.content.count("<p>")) == (None, 2)
    assert (read.edited_at is not None) == ("update" in name)
    assert "https://example.com/users/bob" not in read.to


@reads("writefreely/note-with-name")
def a_short_post(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title, read.content) == (PostKind.NOTE, None, "<p>Cool post!</p>\n")


@reads("writefreely/outbox-page")
def a_page_of_an_outbox(name: str) -> None:
    (create,) = document(name)["orderedItems"]
    assert article_of(DIALECTS.read_post(create["object"], None)) == ArticleFacets()


@reads("writefreely/person-blog")
def a_blog(name: str) -> None:
    read = actor(name)
    assert (read.username, read.shared_inbox) == ("matt", None)
    assert read.inbox == f"{BLOG}/api/collections/matt/inbox"


@reads("wordpress-ghost/ghost-create-article")
def of_ghost(name: str) -> None:
    read = post(name)
    assert article_of(read) == ArticleFacets(
        "Post excerpt", "https://example.com/img/456_feature.jpg"
    )
    assert (read.title, read.content, read.visibility) == (
        "Post title",
        "Post content",
        Visibility.PUBLIC,
    )
    assert [each.url for each in read.media] == ["https://example.com/img/456_feature.jpg"]
    assert read.edited_at == read.published_at


@reads("wordpress-ghost/ghost-update-article")
def of_ghost_edited(name: str) -> None:
    read = post(name)
    assert article_of(read).summary is None
    assert (read.title, read.content) == ("Updated Post Title", "Updated post content")
    assert (read.url, read.edited_at) == (None, read.published_at)


@reads("wordpress-ghost/ghost-create-note-mentions")
def one_mention_alone(name: str) -> None:
    read = post(name)
    assert (read.kind, read.mentions) == (PostKind.NOTE, ("https://example.com/@test",))
    assert read.visibility is Visibility.PUBLIC


@reads("wordpress-ghost/ghost-note-with-image")
def one_picture_alone(name: str) -> None:
    (picture,) = post(name).media
    assert (picture.url, picture.description) == (
        "https://example.com/images/test.jpg",
        "alt text for image",
    )


@reads("wordpress-ghost/plume-article", "plume/article")
def of_plume(name: str) -> None:
    read = post(name)
    assert article_of(read) == ArticleFacets()
    assert (read.author_uri, read.title) == (
        "https://baptiste.gelez.xyz/@/BaptisteGelez", "This Month in Plume: June 2018",
    )  # fmt: skip
    assert 'href="https://baptiste.gelez.xyz/@/' in read.content
    assert 'href="/' not in read.content
    assert "<h2>" in read.content
    assert read.visibility is Visibility.PUBLIC
    assert len(read.to) <= 1 + len(read.mentions)


@reads("wordpress-ghost/plume-person", "plume/person")
def a_plume_author(name: str) -> None:
    read = actor(name)
    assert (read.username, read.shared_inbox) == (
        "BaptisteGelez",
        "https://baptiste.gelez.xyz/inbox/",
    )


@reads("wordpress-ghost/pterotype-article", "wordpress-ghost/pterotype-create-article")
def of_pterotype(name: str) -> None:
    read = post(name)
    assert (article_of(read).summary or "").startswith("One of the largest platforms")
    assert (read.summary, read.visibility) == (None, Visibility.PUBLIC)
    assert read.author_uri == "https://wedistribute.org/wp-json/pterotype/v1/actor/-blog"
    assert "wp:paragraph" not in read.content


@reads("wordpress-ghost/wordpress-article")
def of_wordpress(name: str) -> None:
    read = post(name)
    article = article_of(read)
    image = "https://i0.wp.com/dbzer0.com/wp-content/uploads/2025/12/Splash-Art2-3.png?fit=980%2C980&ssl=1"
    assert (article.image_url, article.image_alt) == (image, "A fleet of varied spacships")
    assert (article.summary or "").startswith("I like the Last Light boardgame")
    assert (read.summary, read.language) == (None, "en")
    assert [each.url for each in read.media].count(image) == 1
    assert (len(read.media), read.media[0].url) == (4, image)
    assert read.groups == ("https://dbzer0.com/?author=0",)
    assert read.context_uri == "https://dbzer0.com/wp-json/activitypub/1.0/posts/27948/context"
    assert (read.origin_likes, read.quote_policy is not None) == (2, True)
    assert len(read.tags) == 5


@reads("wordpress-ghost/wordpress-announce")
def of_wordpress_passed_on(name: str) -> None:
    read = post(name)
    assert (read.title, read.summary) == ("Lemmy (Part 4)", None)
    assert read.groups == ("https://pfefferle.org/@pfefferle.org",)
    assert article_of(read).summary is not None


@reads("wordpress-ghost/wordpress-group")
def a_whole_blog(name: str) -> None:
    read = actor(name)
    assert (read.kind, read.username) == (ActorKind.GROUP, "dbzer0.com")
    assert read.facets.attribution_domains == ("dbzer0.com",)
    assert "&#038;" not in (read.icon_url or "&#038;")


@reads("wordpress-ghost/wordpress-person")
def a_wordpress_author(name: str) -> None:
    read = actor(name)
    assert read.kind is ActorKind.PERSON
    assert [each.name for each in read.facets.fields] == ["Blog", "Profile"]


def warnings_are_told_from_excerpts() -> None:
    of = "wordpress-ghost/ghost-create-article"
    warned = variant(of, sensitive=True, summary="Spiders")
    assert (warned.summary, article_of(warned).summary) == ("Spiders", "Post excerpt")
    subject = variant(of, summary="About <b>us</b>", **{"dcterms:subject": "Spiders"})
    assert (subject.summary, article_of(subject).summary) == ("Spiders", "About <b>us</b>")
    hostile = variant(
        of, summary="<script>x()</script><p onclick=y>Hi", content='<a href="../x">a</a>'
    )
    assert article_of(hostile).summary == "<p>Hi</p>"
    assert 'href="https://example.com/x"' in hostile.content
