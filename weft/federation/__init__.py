"""The machinery between servers: inbox log, handlers, delivery lanes, fetcher."""
