"""Why an upload is not taken; the sentences are for the person who sent it."""


class Rejected(Exception):
    """The file is not one that is taken here."""


class TooBusy(Exception):
    """Too many pictures are waiting to be worked on; trying again later helps."""

    def __init__(self) -> None:
        super().__init__("The server is busy with other pictures; try again in a minute.")
