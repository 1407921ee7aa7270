"""Ages: how plastic each region of a brain is, and at which age; all of it stated in the open.

An age is a number of epochs since birth. What depends on it is a *course*: anything that can be called with an age and
answers with a number. The ones here are small frozen objects; a plain number, or a function of your own, will do too:

>>> import neurosim as ns
>>> plasticity = ns.Plasticity(learning_rate=lambda age: 1 / (1 + age))
>>> [plasticity.learning_rate_of("V1", age) for age in range(3)]
[1.0, 0.5, 0.3333333333333333]

Synapses come and go all life long, most of them early. In human cortex their density is highest in the first years,
and falls by two fifths until the sixteenth (Huttenlocher, Brain Research 163, 1979); what a region learns easily it
learns within a window of time (Hubel and Wiesel, Journal of Physiology 206, 1970). Nothing of this comes about by
itself in a network that is trained: here it is put in, by hand.
"""

# Courses are written where they are used, in lower case, like the functions they stand for.

from __future__ import annotations

import dataclasses
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Structure
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, unknown
from neurosim.physiology.stimulus import check_network

AGES = (0, 1, 5, 10, 20, 50)
"""At which ages a table shows what a course says: as many as fit into 80 columns."""

OTHERS = None
"""The key that stands for all regions that are not named, and for the neurons of none."""


class Course(ABC):
    """How something changes with age."""

    @abstractmethod
    def __call__(self, age: int) -> float:
        """Its value.

        Parameters
        ----------
        age : int
            Epochs since birth.
        """


@dataclasses.dataclass(frozen=True)
class constant(Course):
    """The same at every age.

    Parameters
    ----------
    value : float

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.ages.constant(0.5)(70)
    0.5
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        check_number("constant.value", self.value)

    def __call__(self, age: int) -> float:
        return float(self.value)


@dataclasses.dataclass(frozen=True)
class exponential(Course):
    """From a start towards an end, half of what is left in every half-life.

    Parameters
    ----------
    half_life : float > 0
        In epochs.
    start, end : float
        At birth, and at a great age.
    onset : int >= 0
        The age from which on it goes; up to then it stays at the start.

    Examples
    --------
    >>> import neurosim as ns
    >>> [ns.ages.exponential(half_life=10, end=0.1)(age) for age in (0, 10, 20, 1000)]
    [1.0, 0.55, 0.325, 0.1]
    >>> [ns.ages.exponential(half_life=10, onset=5)(age) for age in (0, 5, 15)]
    [1.0, 1.0, 0.5]
    """

    half_life: float = 10.0
    start: float = 1.0
    end: float = 0.0
    onset: int = 0

    def __post_init__(self) -> None:
        check_number("exponential.half_life", self.half_life, above=0)
        check_number("exponential.start", self.start)
        check_number("exponential.end", self.end)
        check_count("exponential.onset", self.onset)

    def __call__(self, age: int) -> float:
        return float(self.end + (self.start - self.end) * 0.5 ** (max(0, age - self.onset) / self.half_life))


@dataclasses.dataclass(frozen=True)
class window(Course):
    """A critical period: one value inside a stretch of life, another one outside.

    Parameters
    ----------
    opens, closes : int >= 0
        The first age inside, and the first one that is no longer.
    inside, outside : float
    fade : int >= 0
        In how many epochs after it closes the value goes over into the one outside, along a straight line.

    Examples
    --------
    >>> import neurosim as ns
    >>> [ns.ages.window(opens=1, closes=3, fade=2)(age) for age in range(7)]
    [0.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """

    opens: int = 0
    closes: int = 10
    inside: float = 1.0
    outside: float = 0.0
    fade: int = 0

    def __post_init__(self) -> None:
        check_count("window.opens", self.opens)
        check_count("window.closes", self.closes)
        check_count("window.fade", self.fade)
        check_number("window.inside", self.inside)
        check_number("window.outside", self.outside)
        if self.closes < self.opens:
            raise OptionError(
                f"A window cannot close before it opens; got opens={self.opens!r} and closes={self.closes!r}. "
                "Write ns.ages.window(opens=5, closes=20)."
            )

    def __call__(self, age: int) -> float:
        if age < self.opens or age >= self.closes + self.fade:
            return float(self.outside)
        gone = max(0, age - self.closes) / self.fade if self.fade else 0.0
        return float(self.inside + (self.outside - self.inside) * gone)


CourseLike: TypeAlias = float | Callable[[int], float]
"""A number, or a function of the age."""
ByRegion: TypeAlias = CourseLike | Mapping[str | None, CourseLike]
"""A course for the whole brain, or one for each region that is named; None names all others."""


@dataclasses.dataclass(frozen=True, repr=False)
class Plasticity:
    """How readily each region changes, at every age; for `train` and `train_tasks`. Print it, or draw it.

    A region's learning rate holds for the synapses onto its neurons and for their thresholds: what the optimizer would
    change them by is multiplied by it. Its turnover is the share of the synapses onto its neurons that is pruned before
    an epoch, the weakest first, and replaced by as many new ones; see `rewire`. There is none before a brain's very
    first epoch, at age 0: nothing has been learnt that could tell weak from strong.

    Parameters
    ----------
    learning_rate : number, callable, or mapping of these, default 1
        The factor on the step of the optimizer, from 0 up: a number, or a function of the age, or one of these for
        each region by its name. In a mapping None stands for all other regions, which learn at the factor 1 where it
        is left out.
    turnover : number, callable, or mapping of these, default 0
        The share of synapses that is replaced each time, from 0 to 1. Regions that a mapping leaves out have none.
    age : int
        How old the brain is when training begins, in epochs since birth.
    every : int, default 1
        Synapses come and go at every age that can be divided by it: before each epoch, or before every so many.
    newborn : float or None, default 0
        The weight of a new synapse: 0, silent until it learns; None to draw it to suit mode and fan-in.

    Raises
    ------
    OptionError
        If something cannot be used. Whether the regions are there is told when a network is trained.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.Plasticity(
    ...     learning_rate={"language": ns.ages.exponential(half_life=10), None: 0.5},
    ...     turnover=ns.ages.window(opens=0, closes=20, inside=0.1),
    ... )
    Plasticity from age 0 on, in epochs since birth; a new synapse has the weight 0
      age                           0        1        5       10       20       50
      factor of the learning rate
        language                    1    0.933    0.707      0.5     0.25   0.0312
        all others                0.5      0.5      0.5      0.5      0.5      0.5
      turnover: share of synapses, every epoch
        all regions               0.1      0.1      0.1      0.1        0        0
    """

    learning_rate: ByRegion = 1.0
    turnover: ByRegion = 0.0
    age: int = 0
    every: int = 1
    newborn: float | None = 0.0

    def __post_init__(self) -> None:
        check_count("Plasticity.age", self.age)
        check_count("Plasticity.every", self.every, least=1)
        if self.newborn is not None:
            check_number("Plasticity.newborn", self.newborn)
        for name in ("learning_rate", "turnover"):
            object.__setattr__(self, name, _read(name, getattr(self, name)))

    # --- Asked ------------------------------------------------------------------------------------

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that are named, in order."""
        named = [key for courses in (self.learning_rate, self.turnover) for key in _keys(courses) if key is not OTHERS]
        return tuple(dict.fromkeys(named))

    def learning_rate_of(self, region: str | None, age: int) -> float:
        """The factor on the learning rate of a region, or of the neurons of none, at an age.

        Parameters
        ----------
        region : str or None
        age : int
            Epochs since birth.

        Returns
        -------
        float from 0 up
        """
        return _value(self.learning_rate, region, age, "learning_rate", 1.0)

    def turnover_of(self, region: str | None, age: int) -> float:
        """The share of the synapses onto a region, or onto the neurons of none, that is replaced when some are.

        Parameters
        ----------
        region : str or None
        age : int
            Epochs since birth.

        Returns
        -------
        float from 0 to 1
        """
        return _value(self.turnover, region, age, "turnover", 0.0)

    def aged(self, epochs: int) -> Plasticity:
        """The same for a brain that is so many epochs older: to go on with.

        Parameters
        ----------
        epochs : int

        Returns
        -------
        Plasticity

        Examples
        --------
        >>> import neurosim as ns
        >>> ns.Plasticity(turnover=0.1, age=5).aged(20).age
        25
        """
        check_count("epochs", epochs)
        return dataclasses.replace(self, age=self.age + epochs)

    @property
    def rewires(self) -> bool:
        """Whether synapses may come and go: the turnover is more than the number 0."""
        return any(course != 0 for course in _courses(self.turnover))

    def rewires_at(self, age: int) -> bool:
        """Whether synapses may come and go at this age, in epochs since birth."""
        return self.rewires and age > 0 and age % self.every == 0

    def check(self, structure: Structure) -> None:
        """Raise an error if a network has no region of one of the names."""
        for region in self.regions:
            if region not in structure.regions:
                advice = "None stands for all regions that are not named: learning_rate={'V1': 0.1, None: 1.0}."
                raise unknown("region", region, structure.regions, advice)

    # --- Shown ------------------------------------------------------------------------------------

    def table(self, ages: tuple[int, ...] = AGES) -> dict[str, dict[str, list[float]]]:
        """What the courses say at some ages.

        Parameters
        ----------
        ages : sequence of int

        Returns
        -------
        dict
            "learning_rate" and "turnover", and in each the values at these ages by region; the last one is "all
            others", or the only one "all regions".

        Examples
        --------
        >>> import neurosim as ns
        >>> ns.Plasticity(turnover={"V1": 0.1}).table((0, 10))
        {'learning_rate': {'all regions': [1.0, 1.0]}, 'turnover': {'V1': [0.1, 0.1], 'all others': [0.0, 0.0]}}
        """
        told = {}
        for name, value in (("learning_rate", self.learning_rate_of), ("turnover", self.turnover_of)):
            rows = _rows(getattr(self, name))
            told[name] = {label: [value(region, age) for age in ages] for region, label in rows.items()}
        return told

    @property
    def settings(self) -> str:
        """Every field as text, and courses as they print themselves: the table is rounded, and shows few ages."""
        fields = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
        return f"Plasticity({', '.join(fields)})"

    def __hash__(self) -> int:
        named = (frozenset(_keys(courses)) for courses in (self.learning_rate, self.turnover))
        return hash((*named, self.age, self.every, self.newborn))

    def __repr__(self) -> str:
        weight = "a weight that is drawn" if self.newborn is None else f"the weight {self.newborn:g}"
        often = "epoch" if self.every == 1 else f"{self.every} epochs"
        ages = "".join(f"{age:9}" for age in AGES)
        width = max([22, *map(len, self.regions)])
        lines = [f"Plasticity from age {self.age} on, in epochs since birth; a new synapse has {weight}"]
        lines.append(f"  {'age':<{width}}{ages}")
        for courses, value, title in (
            (self.learning_rate, self.learning_rate_of, "factor of the learning rate"),
            (self.turnover, self.turnover_of, f"turnover: share of synapses, every {often}"),
        ):
            lines.append(f"  {title}")
            for region, label in _rows(courses).items():
                lines.append(f"    {label:<{width - 2}}" + "".join(_cell(value, region, age) for age in AGES))
        return "\n".join(lines)


def as_plasticity(ages: object, net: Network) -> Plasticity | None:
    """Read the argument `ages` of a training: a `Plasticity` whose regions are there, or None.

    Parameters
    ----------
    ages : object
    net : Network

    Raises
    ------
    OptionError, UnknownNameError
        If it is neither, or names a region that is not there.
    """
    if ages is None:
        return None
    if not isinstance(ages, Plasticity):
        raise OptionError(
            f"ages must be a Plasticity; got {type(ages).__name__}. Write "
            "ages=ns.Plasticity(learning_rate=ns.ages.exponential(half_life=10))."
        )
    check_network(net)
    ages.check(net.structure)
    return ages


# --- Reading -----------------------------------------------------------------------------------------


def _read(name: str, given: Any) -> Any:
    """Courses as they were given, checked; a mapping is copied."""
    if isinstance(given, Mapping):
        for region, course in given.items():
            if region is not OTHERS and not isinstance(region, str):
                raise OptionError(
                    f"Plasticity.{name} is by the name of a region, or None for all others; got {region!r}. Write "
                    f"{name}={{'V1': 0.1, None: 1.0}}."
                )
            _check_course(f"{name}[{region!r}]", course, name)
        return dict(given)
    _check_course(name, given, name)
    return given


def _check_course(what: str, course: Any, name: str) -> None:
    if not callable(course) or isinstance(course, type):
        if isinstance(course, type):
            raise OptionError(
                f"Plasticity.{what} must be a number or a function of the age; got the class {course.__name__}. Write "
                f"ns.ages.{course.__name__}(...), with brackets."
            )
        _check_value(f"Plasticity.{what}", course, name)
        return
    if isinstance(course, Course):
        return
    try:
        inspect.signature(course).bind(0)
    except TypeError:
        raise OptionError(
            f"Plasticity.{what} is called with an age, the epochs since birth; {course!r} takes "
            f"{inspect.signature(course)}. Write it as in lambda age: 1 / (1 + age)."
        ) from None
    except ValueError:  # some built-in functions do not tell
        return


def _check_value(what: str, value: Any, name: str) -> None:
    if name == "turnover":
        check_number(what, value, least=0, most=1)
    else:
        check_number(what, value, least=0)


def _keys(courses: Any) -> list[str | None]:
    return list(courses) if isinstance(courses, Mapping) else [OTHERS]


def _rows(courses: Any) -> dict[str | None, str]:
    """The regions that a table has, and what they are called in it."""
    rows = {key: key for key in _keys(courses) if key is not OTHERS}
    return rows | {OTHERS: "all others" if rows else "all regions"}


def _cell(value: Callable[[str | None, int], float], region: str | None, age: int) -> str:
    """A number of a table; a question mark where a course has none, as a function may know some ages only."""
    try:
        return f"{value(region, age):9.3g}"
    except Exception:
        return f"{'?':>9}"


def _courses(courses: Any) -> list[Any]:
    return list(courses.values()) if isinstance(courses, Mapping) else [courses]


def _value(courses: Any, region: str | None, age: int, name: str, unsaid: float) -> float:
    check_count("age", age)
    course = courses
    if isinstance(courses, Mapping):
        course = courses.get(region, courses.get(OTHERS, unsaid))
    if not callable(course):
        return float(course)
    value = course(age)
    _check_value(f"Plasticity.{name} of {'all others' if region is OTHERS else repr(region)} at age {age}", value, name)
    return float(value)
