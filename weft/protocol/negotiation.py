"""What an ``Accept`` header asks for: a page for a person, or a document for software."""

_ACTIVITY = {"application/activity+json", "application/ld+json", "application/json"}
_ONLY_ACTIVITY = {
    "application/activity+json",
    "application/activity+json, application/ld+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
}
"""What servers send: there is nothing to weigh."""
_PAGE = {"text/html", "application/xhtml+xml"}


def wants_activity(accept: str) -> bool:
    """Whether a document is wanted rather than a page.

    The one with the higher weight wins (RFC 9110 section 12.5.1), the first of equals. Who accepts
    anything (``*/*``, or no header) gets the document: servers and scripts ask like that, browsers
    name ``text/html``.
    """
    if accept in _ONLY_ACTIVITY:
        return True
    best, best_is_activity = 0.0, True
    for each in accept.split(",")[:32]:
        kind, _, parameters = each.partition(";")
        name = kind.strip().lower()
        if name not in _ACTIVITY and name not in _PAGE:
            continue
        weight = _weight(parameters)
        if weight > best:
            best, best_is_activity = weight, name in _ACTIVITY
    return best_is_activity


def _weight(parameters: str) -> float:
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def names_activity(accept: str) -> bool:
    """Whether an ActivityPub document is asked for by name; ``*/*`` asks for a page."""
    return "application/activity+json" in accept or "application/ld+json" in accept
