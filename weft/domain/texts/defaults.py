"""What the pages say until the operator has written something: what this software does."""

from weft.config.settings import Settings

WRITTEN_AT = 1_795_737_600_000
"""2026-11-27: when these were last changed."""


def about(settings: Settings) -> str:
    described = settings.description or (
        "A server of the Fediverse. People here follow and are followed by people on many others."
    )
    return f"{described}\n\nIt runs Weft, which is free software.\n"


def privacy(settings: Settings) -> str:
    """From what the code keeps; whoever changes that changes this."""
    born = (
        "Your date of birth is asked for when you join, compared, and not kept.\n\n"
        if settings.min_age
        else ""
    )
    return f"""\
This is what {settings.domain} keeps about you, why, and for how long.

## Your account

- The name that you chose, and what you write into your profile. Everybody can read it.
- Your e-mail address, to reach you. Only those who run the server can see it.
- Your password as an Argon2id hash, from which it cannot be read.
- What you wrote when you asked to join, and, for 90 days, the internet address that you did it from.
- Your settings, when you were last here, and for a year on which days you were, to count how
  many people use the server.

{born}## Browsers and apps

- For each browser that you are signed in with: its internet address, its name and when it was last
  used, for 30 days after you signed in or until you sign out.
- For each app that you let in: its name, what you allowed it, and when you did so.
- For each app that wants to hear of your notifications while it sleeps: the address of its push
  service and the keys to write to it, until you sign the app out. The push service learns when
  something happened, and cannot read what.
- Two cookies, without which signing in and sending forms does not work: one for your session, and
  one for browsers that are not signed in. A third remembers for a year that you have signed in with
  this browser, so that a letter tells you of others. Nothing here follows you to other sites.

## What you say and do

- Posts, drafts, pictures, likes, boosts, bookmarks, votes, lists, follows, blocks and mutes, until you
  delete them.
- Posts for few people are not encrypted: those who run this server, and the servers of those whom you
  write to, could read them.

## Other servers

- Your profile and your public posts go to the servers of those who follow you, and can be fetched by
  any other server. Posts for few people go to the servers of those people.
- When you delete something, the others are told to delete it too. That they do so cannot be promised.
- What other servers send is kept in a log for {settings.log_days} days, so that errors can be found.
- Pictures of other servers are shown to you from copies of ours, so that they do not learn your
  address. When somebody posts a link, the server reads the page behind it once, not your browser.

## Letters

How letters to you went is kept for 30 days, without their text.

## When you leave

You can take your follows, posts and lists with you. When your account is deleted, what is listed here
is deleted with it, except for the name, which is never given to somebody else, and what must be kept
for a court.
"""


def terms(settings: Settings) -> str:
    return f"""\
Whoever uses {settings.domain} agrees to its [rules](/about#rules).

- What you post is yours. You let this server, and those that it sends your posts to, keep and show
  them to whom you wrote them for.
- You answer for what you post. Nothing that is against the law.
- Those who run the server may hide or delete posts, and limit or close accounts, when rules are
  broken. They say why, and you can ask them to look again.
- The server is run with care, and without any warranty.
"""
