"""A figure with its goal beside it, as one line of the table or one object of the JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Figure", "Goal", "as_dict", "at_least", "at_most", "table", "time_text"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that a figure should keep: at most, or at least."""

    bound: float
    above: bool = False

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.above else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.above else '≤'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured claim. `value` is None where it could not be taken; `detail` then says why."""

    area: str
    what: str
    value: float | None
    goal: Goal | None = None
    unit: str = "×"
    detail: str = ""

    @property
    def missed(self) -> bool:
        return self.value is not None and self.goal is not None and not self.goal.met_by(self.value)


def at_most(bound: float) -> Goal:
    return Goal(bound)


def at_least(bound: float) -> Goal:
    return Goal(bound, above=True)


def as_dict(figure: Figure) -> dict[str, object]:
    """For JSON: the fields of the figure, and whether its goal is missed."""
    return asdict(figure) | {"missed": figure.missed}


def time_text(seconds: float) -> str:
    """A time in the unit in which it is easily read."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """Lines to print while the figures come in; an area's name stands above its first."""
    area = None
    for figure in figures:
        if figure.area != area:
            area = figure.area
            yield f"\n{area}"
        yield _line(figure)


def _line(figure: Figure) -> str:
    value = "–" if figure.value is None else f"{rounded(figure.value)} {figure.unit}"
    goal = "" if figure.goal is None else f"goal {figure.goal} {figure.unit}"
    return f"  {figure.what:<58} {value:>10}  {goal:<14} {'MISS' if figure.missed else '':<4}  {figure.detail}".rstrip()


def rounded(value: float) -> str:
    """Three digits that count, and no power of ten: `0.141`, `15.6`, `1,290`."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.3g}"
