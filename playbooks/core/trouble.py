"""The one way to tell a person that something is wrong."""


class Trouble(Exception):  # noqa: N818 -- responders read the name
    """What happened, what is true now, and what to do, as one sentence.

    None of the three parts ends with a full stop, and none of them ever holds a secret.
    """

    def __init__(self, happened: str, *, left: str, do: str) -> None:
        super().__init__(f"{happened}; {left}; {do}.")
        self.happened = happened
        self.left = left
        self.do = do
