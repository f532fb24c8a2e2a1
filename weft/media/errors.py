"""Why an upload is not taken; the sentences are for the person who sent it."""


class Rejected(Exception):
    """The file is not one that is taken here."""


class TooBusy(Exception):
    """Too many pictures are waiting to be worked on; trying again later helps."""

    def __init__(self) -> None:
        super().__init__("The server is busy with other pictures; try again in a minute.")


class NotChecked(TooBusy):
    """What must look at each file does not work now; trying again later helps."""

    def __init__(self) -> None:
        Exception.__init__(self, "Files cannot be checked now; try again in a while.")


class NoRoom(Exception):
    """The disk is nearly full; trying again later may help."""

    def __init__(self) -> None:
        super().__init__("The server has no room for files now; its operator can see why.")
