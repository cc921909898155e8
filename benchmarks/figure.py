"""One line of the results."""

from typing import NamedTuple


class Figure(NamedTuple):
    """Something measured here, beside what it is compared with."""

    what: str
    here: str
    beside: str = ""
    """What the same thing costs the usual way, in the same run."""
    ratio: float | None = None
    """Here divided by the other, if the two are compared."""
    goal: str = ""
    met: bool | None = None
    """None where there is no goal."""

    def cells(self) -> tuple[str, ...]:
        """The line as the cells of a table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return (self.what, self.here, self.beside, ratio, self.goal, verdict)


HEADINGS = ("what", "here", "beside", "ratio", "goal", "")
