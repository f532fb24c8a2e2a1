"""How a command says that it cannot do what was asked."""


class CommandFailed(Exception):
    """One sentence for the person at the terminal: what is wrong and what to do.

    ``exit_code`` is 1 when the world is not as it must be, 2 when the command was given wrongly.
    """

    def __init__(self, sentence: str, *, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
