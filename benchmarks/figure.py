"""One row of the results."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A measured value, with what it is compared with."""

    what: str
    here: str
    beside: str = ""
    """The value for the usual way, from the same run."""
    ratio: float | None = None
    """`here` divided by `beside`, if they are compared."""
    goal: str = ""
    met: bool | None = None
    """None where there is no goal."""

    def cells(self) -> tuple[str, ...]:
        """The cells of a row."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return (self.what, self.here, self.beside, ratio, self.goal, verdict)


HEADINGS = ("what", "here", "beside", "ratio", "goal", "")
