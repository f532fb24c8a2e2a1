"""Who may quote a post (FEP-044f; Mastodon's reading, A7 of the interop notes)."""

from functools import lru_cache
from typing import Literal, TypeAlias

from weft.domain.posts.records import Post, QuotePolicy, post_facets
from weft.domain.visibility.viewer import Visibility

Leave: TypeAlias = Literal["automatic", "manual", "denied", "unknown"]
"""``unknown``: the post's origin says nothing of quotes."""

NOBODY = QuotePolicy()
EVERYBODY = QuotePolicy(automatic=("public",))
POLICIES = {
    "public": EVERYBODY,
    "followers": QuotePolicy(automatic=("followers",)),
    "nobody": NOBODY,
}
"""What authors choose from, by Mastodon's names."""


def policy_of(post: Post) -> QuotePolicy | None:
    """The policy in force. What is not for everybody is quoted by nobody but its author; a post of
    ours that says nothing may be quoted by all."""
    return policy_under(post.facets, post.visibility, post.local)


@lru_cache(maxsize=4096)
def policy_under(facets: str | None, visibility: int, local: bool) -> QuotePolicy | None:
    """Most posts say the same, or nothing: a page of them is read once."""
    if visibility > Visibility.UNLISTED:
        return NOBODY
    stored = post_facets(facets).quote_policy
    if stored is None and local:
        return EVERYBODY
    return stored


def leave(
    post: Post, *, quoter_id: int | None, follows_author: bool, followed_by_author: bool
) -> Leave:
    """May this person quote the post?"""
    if quoter_id is not None and quoter_id == post.author_id:
        return "automatic"
    return leave_under(policy_of(post), follows_author, followed_by_author)


def leave_under(
    policy: QuotePolicy | None, follows_author: bool, followed_by_author: bool
) -> Leave:
    """May somebody who is not the author quote what has this policy?"""
    if policy is None:
        return "unknown"
    return leave_of_circles(
        policy.automatic, policy.manual, follows=follows_author, followed=followed_by_author
    )


def leave_of_circles(
    automatic: tuple[str, ...], manual: tuple[str, ...], *, follows: bool, followed: bool
) -> Leave:
    """What a policy says to somebody by how they stand to whose policy it is."""
    circles = {"public"}
    if follows:
        circles.add("followers")
    if followed:
        circles.add("following")
    if circles & set(automatic):
        return "automatic"
    return "manual" if circles & set(manual) else "denied"
