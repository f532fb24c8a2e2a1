"""Votes: a Note with a name and nothing else that answers a poll of ours (mastodon.md, polls)."""

from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.vote import VoteRefused, count_remote_vote
from weft.federation.handlers.received import DONE, Apply, Received, Tools, Verdict, ignored
from weft.storage.database import Tx


def receive_vote(tools: Tools, got: Received, poll_uri: str, choice: str) -> Apply:
    """Counts the signer's vote; it is no post, and nobody is notified of it."""

    async def apply(tx: Tx) -> Verdict:
        poll = await tx.one(post_by_uri, uri=poll_uri)
        if poll is None or not poll.local:
            return ignored("a vote in a poll that is not ours")
        try:
            await count_remote_vote(
                tx, tools.server, actor_id=got.signer.id, post_id=poll.id, title=choice
            )
        except VoteRefused as refused:
            return ignored(str(refused))
        return DONE

    return apply
