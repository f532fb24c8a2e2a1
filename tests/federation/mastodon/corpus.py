"""Mastodon's payloads: who and what of the receiving server they name."""

from tests.federation.corpus.playing import Corpus

MASTODON = Corpus(
    "mastodon",
    lena=(
        "http://localtesting.pleroma.lol/users/lain",
        "https://local.example/users/bob",
        "http://localhost:8080/users/the_mighty_zork",
        "https://ds9.lemmy.ml/u/nutomic",
        "https://ds9.lemmy.ml/c/testcom",
        "https://example.com/~mallory",
        "https://example.com/users/1",
        "{{ap_id}}",
    ),
    posts=(
        "http://localtesting.pleroma.lol/objects/eb92579d-3417-42a8-8652-2492c2d4f454",
        "https://ds9.lemmy.ml/post/147",
        "https://local.example/users/bob/statuses/1",
        "http://localhost:8080/users/the_mighty_zork/statuses/01F8MHAMCHF6Y650WCRSCP4WMY",
        "https://example.com/posts/380590",
    ),
    polls=(
        "https://local.example/users/bob/statuses/poll1",
        "https://mastodon.example/users/alice/statuses/1009947848598745",
    ),
    placeholders={
        "{{DOMAIN}}": "instance.test",
        "{{domain}}": "social.test",
        "{{subdomain}}": "sub.social.test",
        "{{nickname}}": "alice",
        "{{status_id}}": "1",
        "{{object_id}}": "2",
    },
)
outcome = MASTODON.outcome
