"""An edit that somebody else tells of: what counts is the post as its own server has it now."""

from weft.domain.posts.records import Post
from weft.federation.handlers.received import DONE, Apply, Tools, Verdict, ignored, refused
from weft.federation.quoting import judged_quote
from weft.storage.database import Tx


async def edited_at_origin(tools: Tools, known: Post) -> Apply | Verdict:
    """Take a post over anew from its origin.

    Raises:
        Unresolved: it is gone or no post any more, or its server cannot be asked now.
    """
    described, author = await tools.resolver.described(known.uri)
    if author.id != known.author_id:
        return refused("its own server says that it is by another")
    described = await tools.policing.post(described, author, "edit", "Update")
    quote = await judged_quote(tools.resolver, described, author)

    async def apply(tx: Tx) -> Verdict:
        updated = await tools.arrivals.update(tx, described, author, quote)
        return DONE if updated is not None else ignored("the edited post is not here")

    return apply
