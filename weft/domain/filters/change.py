"""Making, changing and removing filters.

Whatever changes of a filter moves its ``updated_at`` on, always forward: by that every process
knows that what it compiled is old (``queries.stamps_of``).
"""

from collections.abc import Sequence

from msgspec import Struct

from weft.domain.filters.queries import (
    count_filters,
    count_keywords,
    count_posts,
    delete_filter,
    delete_filtered_post,
    delete_keyword,
    filter_by_id,
    filtered_post,
    filtered_post_by_id,
    insert_filter,
    insert_filtered_post,
    insert_keyword,
    keyword_by_id,
    keywords_of,
    touch_filter,
    update_filter,
    update_keyword,
)
from weft.domain.filters.records import Filter, FilteredPost, FilterRefused, Keyword
from weft.domain.news import FiltersChanged
from weft.domain.server import Server
from weft.storage.database import Tx

MAX_FILTERS = 200
MAX_KEYWORDS = 1000
MAX_POSTS = 2000
TITLE_LENGTH = 256
KEYWORD_LENGTH = 512


class FilterForm(Struct, frozen=True, kw_only=True):
    """A filter as it is to be; ``contexts`` is the bits of ``Context``."""

    title: str
    contexts: int
    action: int
    expires_at: int | None = None


class KeywordChange(Struct, frozen=True, kw_only=True):
    """One keyword to add (no ``id``), to change, or to take away. None leaves what is."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    remove: bool = False


async def create_filter(
    tx: Tx, server: Server, owner_id: int, form: FilterForm, keywords: Sequence[KeywordChange] = ()
) -> int:
    """The new filter's id.

    Raises:
        FilterRefused: with a sentence.
    """
    _check(form)
    held = await tx.one(count_filters, owner=owner_id)
    if held is not None and held[0] >= MAX_FILTERS:
        raise FilterRefused(f"You may have at most {MAX_FILTERS} filters: remove some first.")
    now, filter_id = server.now_ms(), tx.new_id()
    await tx.run(
        insert_filter,
        id=filter_id,
        owner_id=owner_id,
        title=form.title.strip(),
        contexts=form.contexts,
        action=form.action,
        created_at=now,
        updated_at=now,
        expires_at=form.expires_at,
    )
    await _change_keywords(tx, owner_id, filter_id, keywords)
    tx.say(FiltersChanged(owner_id))
    return filter_id


async def change_filter(
    tx: Tx,
    server: Server,
    owner_id: int,
    filter_id: int,
    form: FilterForm,
    keywords: Sequence[KeywordChange] = (),
) -> bool:
    """False if there is no such filter of this person.

    Raises:
        FilterRefused: with a sentence.
    """
    _check(form)
    known = await tx.one(filter_by_id, id=filter_id, owner=owner_id)
    if known is None:
        return False
    await tx.run(
        update_filter,
        of_filter=filter_id,
        of_owner=owner_id,
        title=form.title.strip(),
        contexts=form.contexts,
        action=form.action,
        expires_at=form.expires_at,
        stamp=_stamp(server, known),
    )
    await _change_keywords(tx, owner_id, filter_id, keywords)
    tx.say(FiltersChanged(owner_id))
    return True


async def remove_filter(tx: Tx, owner_id: int, filter_id: int) -> bool:
    """False if there is none."""
    gone = await tx.run(delete_filter, of_filter=filter_id, of_owner=owner_id) > 0
    if gone:
        tx.say(FiltersChanged(owner_id))
    return gone


async def change_keywords(
    tx: Tx, server: Server, owner_id: int, filter_id: int, changes: Sequence[KeywordChange]
) -> list[int] | None:
    """The ids of what was added or changed; None if there is no such filter of this person.

    Raises:
        FilterRefused: with a sentence.
    """
    if not await _touch(tx, server, owner_id, filter_id):
        return None
    return await _change_keywords(tx, owner_id, filter_id, changes)


async def change_keyword(tx: Tx, server: Server, owner_id: int, change: KeywordChange) -> bool:
    """Change or remove one keyword, by its id. False if it is not one of this person's.

    Raises:
        FilterRefused: with a sentence.
    """
    known = await tx.one(keyword_by_id, id=change.id, owner=owner_id)
    if known is None:
        return False
    await change_keywords(tx, server, owner_id, known.filter_id, [change])
    return True


async def filter_one_post(
    tx: Tx, server: Server, owner_id: int, filter_id: int, post_id: int
) -> FilteredPost | None:
    """Name a post in a filter; None if there is no such filter of this person.

    Raises:
        FilterRefused: with a sentence.
    """
    if not await _touch(tx, server, owner_id, filter_id):
        return None
    known = await tx.one(filtered_post, filter_id=filter_id, post_id=post_id)
    if known is not None:
        return known
    held = await tx.one(count_posts, owner=owner_id)
    if held is not None and held[0] >= MAX_POSTS:
        raise FilterRefused(f"Your filters may name at most {MAX_POSTS} posts.")
    new = FilteredPost(tx.new_id(), filter_id, post_id)
    await tx.run(insert_filtered_post, id=new.id, filter_id=filter_id, post_id=post_id)
    return new


async def forget_filtered_post(
    tx: Tx, server: Server, owner_id: int, entry_id: int
) -> FilteredPost | None:
    """Take a post out of a filter; what it was, or None if it is not one of this person's."""
    known = await tx.one(filtered_post_by_id, id=entry_id, owner=owner_id)
    if known is None:
        return None
    await _touch(tx, server, owner_id, known.filter_id)
    await tx.run(delete_filtered_post, of_entry=entry_id, of_filter=known.filter_id)
    return known


async def _touch(tx: Tx, server: Server, owner_id: int, filter_id: int) -> bool:
    known = await tx.one(filter_by_id, id=filter_id, owner=owner_id)
    if known is None:
        return False
    stamp = _stamp(server, known)
    await tx.run(touch_filter, of_filter=filter_id, of_owner=owner_id, stamp=stamp)
    tx.say(FiltersChanged(owner_id))
    return True


def _stamp(server: Server, known: Filter) -> int:
    """Later than before, also within one millisecond and when clocks differ."""
    return max(server.now_ms(), known.updated_at + 1)


def _check(form: FilterForm) -> None:
    if not form.title.strip():
        raise FilterRefused("A filter needs a title.")
    if len(form.title) > TITLE_LENGTH:
        raise FilterRefused(f"The title of a filter may have at most {TITLE_LENGTH} characters.")
    if not form.contexts:
        raise FilterRefused(
            "context names where the filter works: one or more of home, notifications, public, "
            "thread and account."
        )


async def _change_keywords(
    tx: Tx, owner_id: int, filter_id: int, changes: Sequence[KeywordChange]
) -> list[int]:
    if not changes:
        return []
    here: dict[int, Keyword] = {row.id: row for row in await tx.all(keywords_of, ids=[filter_id])}
    touched = []
    for change in changes:
        if change.id is not None and change.id not in here:
            raise FilterRefused(f"The filter has no keyword {change.id}.")
        if change.remove:
            if change.id is not None:
                await tx.run(delete_keyword, of_keyword=change.id, of_filter=filter_id)
            continue
        known = here.get(change.id) if change.id is not None else None
        word = known.keyword if known and change.keyword is None else (change.keyword or "").strip()
        if not word:
            raise FilterRefused("A keyword of a filter must not be empty.")
        if len(word) > KEYWORD_LENGTH:
            raise FilterRefused(f"A keyword may have at most {KEYWORD_LENGTH} characters.")
        whole = change.whole_word
        if known is not None:
            whole = known.whole_word if whole is None else whole
            await tx.run(
                update_keyword, of_keyword=known.id, of_filter=filter_id, word=word, whole=whole
            )
            touched.append(known.id)
        else:
            keyword_id = tx.new_id()
            await tx.run(
                insert_keyword,
                id=keyword_id,
                filter_id=filter_id,
                keyword=word,
                whole_word=True if whole is None else whole,
            )
            touched.append(keyword_id)
    held = await tx.one(count_keywords, owner=owner_id)
    if held is not None and held[0] > MAX_KEYWORDS:
        raise FilterRefused(f"Your filters may have at most {MAX_KEYWORDS} keywords together.")
    return touched
