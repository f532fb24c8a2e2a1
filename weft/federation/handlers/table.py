"""Which handler takes which activity. What is not here is kept in the log as ignored, and can be
replayed when a later version knows it."""

from weft.domain.attendance.queries import attendance_by_uri
from weft.domain.listens.queries import listen_by_uri
from weft.domain.posts.queries import post_by_uri
from weft.domain.reactions.react import reaction_by_uri
from weft.domain.relations.queries import block_by_uri
from weft.federation.handlers.attendance import (
    receive_invite,
    receive_join,
    receive_leave,
    receive_tentative,
)
from weft.federation.handlers.communities import (
    receive_lock,
    receive_warning,
    undo_delete,
    undo_lock,
)
from weft.federation.handlers.features import receive_feature_request
from weft.federation.handlers.flags import receive_flag, receive_resolution
from weft.federation.handlers.follows import (
    receive_answer,
    receive_block,
    receive_follow,
    undo_block,
    undo_follow,
)
from weft.federation.handlers.groups import passed_on, receive_passed_on
from weft.federation.handlers.interactions import receive_interaction_request
from weft.federation.handlers.listens import receive_listen, undo_listen
from weft.federation.handlers.moves import receive_move
from weft.federation.handlers.pins import receive_pin
from weft.federation.handlers.posts import (
    receive_announce,
    receive_create,
    receive_delete,
    receive_update,
    undo_announce,
)
from weft.federation.handlers.quotes import receive_quote_request
from weft.federation.handlers.reactions import receive_reaction, undo_reaction
from weft.federation.handlers.received import Apply, Handler, Received, Tools, Verdict, refused
from weft.federation.handlers.story_answers import receive_story_answer
from weft.federation.handlers.views import receive_view
from weft.protocol.activitystreams import first_id, first_type, objects


async def receive_announced(tools: Tools, got: Received) -> Apply | Verdict:
    """An Announce: of a post, or of another activity, which is taken as what it is."""
    inner = passed_on(got)
    if inner is None:
        return await receive_announce(tools, got)
    return await receive_passed_on(tools, got, inner, handler_for)


HANDLERS: dict[str, Handler] = {
    "Follow": receive_follow,
    "Accept": receive_answer,
    "Reject": receive_answer,
    "Block": receive_block,
    "Create": receive_create,
    "Update": receive_update,
    "Delete": receive_delete,
    "Announce": receive_announced,
    "Move": receive_move,
    "Like": receive_reaction,
    "Dislike": receive_reaction,
    "EmojiReact": receive_reaction,
    "QuoteRequest": receive_quote_request,
    "FeatureRequest": receive_feature_request,
    "LikeRequest": receive_interaction_request,
    "ReplyRequest": receive_interaction_request,
    "AnnounceRequest": receive_interaction_request,
    "Add": receive_pin,
    "Remove": receive_pin,
    "Flag": receive_flag,
    "Lock": receive_lock,
    "Warn": receive_warning,
    "Resolve": receive_resolution,
    "Listen": receive_listen,
    "View": receive_view,
    "Story:Reply": receive_story_answer,
    "Story:Reaction": receive_story_answer,
    "Join": receive_join,
    "Leave": receive_leave,
    "Invite": receive_invite,
    "TentativeAccept": receive_tentative,
    "TentativeReject": receive_tentative,
}
UNDOING: dict[str, Handler] = {
    "Follow": undo_follow,
    "Block": undo_block,
    "Announce": undo_announce,
    "Like": undo_reaction,
    "Dislike": undo_reaction,
    "EmojiReact": undo_reaction,
    "Lock": undo_lock,
    "Delete": undo_delete,
    "Listen": undo_listen,
    "Join": receive_leave,
    "Accept": receive_leave,
    "TentativeAccept": receive_leave,
    "Reject": receive_leave,
}


def handler_for(got: Received) -> Handler | None:
    """The handler of an activity; an Undo is told by what it undoes."""
    if got.type != "Undo":
        return HANDLERS.get(got.type)
    inner = next(iter(objects(got.object)), None)
    if inner is not None:
        return UNDOING.get(first_type(inner) or "")
    return undo_by_id


async def undo_by_id(tools: Tools, got: Received) -> Apply | Verdict:
    """What is undone is told by its id alone: a reaction, a boost, a block or a follow."""
    uri = first_id(got.object)
    if uri is None:
        return refused("an Undo names what it undoes")
    if await tools.db.one(reaction_by_uri, uri=uri) is not None:
        return await undo_reaction(tools, got)
    post = await tools.db.one(post_by_uri, uri=uri)
    if post is not None and post.boost_of_id is not None:
        return await undo_announce(tools, got)
    if await tools.db.one(listen_by_uri, uri=uri) is not None:
        return await undo_listen(tools, got)
    if await tools.db.one(attendance_by_uri, uri=uri) is not None:
        return await receive_leave(tools, got)
    if await tools.db.one(block_by_uri, uri=uri) is not None:
        return await undo_block(tools, got)
    return await undo_follow(tools, got)
