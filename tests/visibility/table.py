"""Who sees which post where, as data. A new route that shows posts gets a column, a new relation a
row; ``test_table`` asks a running server about every cell.

A cell has a sign for each kind of post, in the order of ``POSTS``: ``+`` seen, ``-`` not seen,
``.`` not asked (the route is not for this reader, or there is no such post).
"""

POSTS = ("public", "unlisted", "private", "direct", "local_only")

RELATIONS = {
    # The reader's relation to the author; whoever follows was accepted, the author is locked.
    "anonymous": "nobody is signed in",
    "author": "wrote the posts",
    "stranger": "nothing between them",
    "follower": "follows the author",
    "pending": "asked to follow",
    "mentioned": "is named in every post",
    "blocked": "followed, then the author blocked them",
    "named_blocked": "is named in every post, then the author blocked them",
    "blocking": "followed, then blocked the author",
    "muting": "follows and mutes the author",
    "named_muting": "is named in every post and mutes the author",
    "named_filtering": "is named in every post, and lets strangers wait",
    "host_block": "follows and is named by an author on a server that they blocked",
    "moderator": "an admin, nothing between them",
}

# Asked for by id or address: what the reader blocks or mutes does not matter.
BY_ID = """
               status several context history liked boosted search page
anonymous      ++---  ++---   ++---   ++---   ++--- ++---   .....  ++---
author         +++++  +++++   +++++   +++++   +++++ +++++   +++++  .....
stranger       ++--+  ++--+   ++--+   ++--+   ++--+ ++--+   ++--+  .....
follower       +++-+  +++-+   +++-+   +++-+   +++-+ +++-+   +++-+  .....
pending        ++--+  ++--+   ++--+   ++--+   ++--+ ++--+   ++--+  .....
mentioned      +++++  +++++   +++++   +++++   +++++ +++++   +++++  .....
blocked        -----  -----   -----   -----   ----- -----   -----  .....
named_blocked  -----  -----   -----   -----   ----- -----   -----  .....
blocking       ++--+  ++--+   ++--+   ++--+   ++--+ ++--+   ++--+  .....
muting         +++-+  +++-+   +++-+   +++-+   +++-+ +++-+   +++-+  .....
named_muting   +++++  +++++   +++++   +++++   +++++ +++++   +++++  .....
named_filtering +++++ +++++   +++++   +++++   +++++ +++++   +++++  .....
host_block     ++++.  ++++.   ++++.   ++++.   ++++. ++++.   ++++.  .....
moderator      ++--+  ++--+   ++--+   ++--+   ++--+ ++--+   ++--+  .....
"""

# In lists the reader's own blocks and mutes count as well; but who opens a profile wants to see it.
IN_LISTS = """
               thread account home  public tag   notifications list  trends link  words
anonymous      ++---  ++---   ..... +----  +---- .....         ..... +----  +----  -----
author         +++++  +++++   +++++ +---+  +---+ -----         +++++ +----  +---+  +++++
stranger       ++--+  ++--+   ----- +---+  +---+ -----         ----- +----  +---+  +---+
follower       +++-+  +++-+   +++-+ +---+  +---+ -----         +++-+ +----  +---+  +---+
pending        ++--+  ++--+   ----- +---+  +---+ -----         ----- +----  +---+  +---+
mentioned      +++++  +++++   ----- +---+  +---+ +++++         ----- +----  +---+  +++++
blocked        -----  -----   ----- -----  ----- -----         ----- -----  -----  -----
named_blocked  -----  -----   ----- -----  ----- -----         ----- -----  -----  -----
blocking       -----  ++--+   ----- -----  ----- -----         ----- -----  -----  -----
muting         -----  +++-+   ----- -----  ----- -----         ----- -----  -----  -----
named_muting   -----  +++++   ----- -----  ----- -----         ----- -----  -----  -----
named_filtering +++++ +++++   ----- +---+  +---+ -----         ----- +----  +---+  +++++
host_block     ----.  ++++.   ----. ----.  ----. ----.         ----. ----.  ----.  ----.
moderator      ++--+  ++--+   ----- +---+  +---+ -----         ----- +----  +---+  +---+
"""

# What is told to a person, or written to them alone. ``waiting`` are the notifications of one sender,
# with those that wait; ``request`` is who waits, and shows the last post. The author has blocked one of
# those whom the direct posts name: that ends their conversations with all of them.
TOLD = """
               grouped one_group waiting request conversations direct_line
anonymous      .....   .....     .....   .....   .....         .....
author         -----   -----     -----   -----   -----         -----
stranger       -----   -----     -----   -----   -----         -----
follower       -----   -----     -----   -----   -----         -----
pending        -----   -----     -----   -----   -----         -----
mentioned      +++++   +++++     +++++   -----   ---+-         ---+-
blocked        -----   -----     -----   -----   -----         -----
named_blocked  -----   -----     -----   -----   -----         -----
blocking       -----   -----     -----   -----   -----         -----
muting         -----   -----     -----   -----   -----         -----
named_muting   -----   -----     -----   -----   -----         -----
named_filtering -----  +++++     +++++   +++++   -----         -----
host_block     ----.   ----.     ----.   ----.   ----.         ----.
moderator      -----   -----     -----   -----   -----         -----
"""

# The posts of a report, for moderators: also what was not written for them, which is written down.
IN_REPORTS = """
               report
anonymous      .....
author         .....
stranger       .....
follower       .....
pending        .....
mentioned      .....
blocked        .....
named_blocked  .....
blocking       .....
muting         .....
named_muting   .....
named_filtering .....
host_block     .....
moderator      +++++
"""

# What comes while the reader looks: as the timelines of the same names. That a post is gone hears who
# could see it and may have had it: as a follower, or named by it.
IN_STREAMS = """
               stream stream_public stream_tag stream_list stream_gone
anonymous      .....  .....         .....      .....       .....
author         +++++  +---+         +---+      +++++       +++++
stranger       -----  +---+         +---+      -----       -----
follower       +++-+  +---+         +---+      +++-+       +++-+
pending        -----  +---+         +---+      -----       -----
mentioned      -----  +---+         +---+      -----       +++++
blocked        -----  -----         -----      -----       -----
named_blocked  -----  -----         -----      -----       -----
blocking       -----  -----         -----      -----       -----
muting         -----  -----         -----      -----       -----
named_muting   -----  -----         -----      -----       -----
named_filtering -----  +---+        +---+      -----       +++++
host_block     ----.  ----.         ----.      ----.       ----.
moderator      -----  +---+         +---+      -----       -----
"""

# What another server reads without a signature.
BY_SERVERS = """
               document activity outbox replies
anonymous      ++---    ++---    ++---  ++---
"""


def cells() -> dict[str, dict[str, str]]:
    """Route -> relation -> a sign for each kind of post."""
    found: dict[str, dict[str, str]] = {}
    for block in (BY_ID, IN_LISTS, TOLD, IN_REPORTS, IN_STREAMS, BY_SERVERS):
        routes, *rows = [line.split() for line in block.strip().splitlines()]
        for relation, *signs in rows:
            for route, cell in zip(routes, signs, strict=True):
                found.setdefault(route, {})[relation] = cell
    return found
