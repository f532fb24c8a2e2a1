"""What could not be found out about another server's actors and posts, and how far one looks."""

DEPTH = 10
"""How many parents are fetched above a post that arrives."""


class Unresolved(Exception):
    """It could not be found out; the sentence says why. ``passing`` is worth another try."""

    def __init__(self, sentence: str, *, passing: bool = False, gone: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing
        self.gone = gone
