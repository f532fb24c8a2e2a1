"""The one place that talks to other servers.

``policy`` says where a request may go, ``resolver`` turns names into checked addresses, ``client``
fetches, ``sender`` posts, ``fetcher`` adds what makes fetching cheap: one flight per URL, a cache,
budgets and back-off.
"""
