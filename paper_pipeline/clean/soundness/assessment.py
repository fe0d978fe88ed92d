"""Judgement: whether a dump looks like those before it.

Data flow: a profile and those before it -> findings.

Something is found when it is unlikely by both standards:

- Counting noise. Shares are held against the beta-binomial law (what n entries show when the share
  is known from N earlier ones, with Jeffreys' prior: Gelman et al., Bayesian Data Analysis, 3rd
  ed., ch. 2), numbers of entries against the Poisson law, medians against their standard error. So
  two of eight entries say less than twenty of eighty.
- The differences between the dumps of the window, as their median absolute deviation: beyond 3.5
  times 1.4826 MAD (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993). Up to half of
  the window may be odd itself.

and when the change is large enough to matter, for many entries make the smallest change certain.
Shares count where they rise; a change that spoils nothing, such as a field that the site gives no
longer, is found when it is new, and not again while it stays within what the window has shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from scipy.special import gammaln, ndtri, pdtrik

from paper_pipeline.clean.formats import find_format
from paper_pipeline.clean.soundness.measures import (
    BY_NAME,
    DRIFT_VERSION,
    LAST_CUT,
    MEDIAN_ERROR,
    OTHER_ID,
    OTHER_TITLE,
    SIGMA_OF_MAD,
    SOURCE,
    STALE,
    DumpProfile,
    Measure,
    Reading,
)
from paper_pipeline.settings import DriftLimits
from paper_pipeline.text import content_hash

JEFFREYS = 0.5
FEWEST_GRAVE = 3  # entries; what befell fewer is no error of the dump
GRAVE_TO_LEAST_DAYS = 4  # lists come up to a week late by holidays; four weeks is another month
# Median lengths of real days differ by a fifth from each other; a quarter is what cutting leaves.
LEAST_TO_SHARE, GRAVE_SIZE = 2.0, 0.75
MOST_UNFINISHED = 0.1  # of the abstracts; beyond, unfinished_abstract speaks for the last one too


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a dump that is not as it should be.

    Attributes:
        name: The measure.
        severity: warn or error.
        value: What was found.
        expected: The least and the most that would have been ordinary.
        window: What the dumps of the window show, oldest first; empty without a window.
        words: What was expected, what was found, what to do.
    """

    name: str
    severity: str
    value: float
    expected: tuple[float, float]
    window: tuple[float, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about a dump.

    Attributes:
        basis: Hash of what it rests on: the profiles compared and the limits.
        findings: What is unusual, errors first.
    """

    basis: str
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is an error."""
        return all(finding.severity != "error" for finding in self.findings)


def find_window(earlier: Sequence[DumpProfile], limits: DriftLimits) -> list[DumpProfile]:
    """The dumps that a dump is compared with.

    Of a page that was captured several times only the last capture counts, or the days that are
    asked for again and again would be the whole window. An earlier capture of the same page is
    among them: it knows the ids of its titles.

    Args:
        earlier: Dumps of its kind before it, oldest first.
        limits: How many to take.

    Returns:
        At most limits.window profiles, oldest first.
    """
    seen: set[str] = set()
    found: list[DumpProfile] = []
    for other in reversed(earlier):
        if len(found) == limits.window:
            break
        if other.page not in seen:
            seen.add(other.page)
            found.append(other)
    return found[::-1]


def judge_dumps(
    profiles: Iterable[DumpProfile],
    limits: DriftLimits,
    is_accepted: Callable[[str], bool],
    known: Mapping[str, Judgement] | None = None,
) -> dict[str, Judgement]:
    """Judges every dump against those before it.

    A dump with an error is no standard for the next ones, unless somebody accepts it: otherwise
    damage that nobody looks at would become the usual after some weeks.

    Args:
        profiles: All dumps, in any order.
        limits: When something is unusual.
        is_accepted: Whether somebody has looked at the dump of that id and found it right.
        known: What an earlier call returned. What rests on the same profiles and limits is taken
            from there, so that a day costs a day; profiles need their `inputs` for that.

    Returns:
        The judgement on every dump, by dump_id.
    """
    known = known or {}
    kinds: dict[tuple[str, str], list[DumpProfile]] = {}
    for profile in sorted(profiles, key=lambda profile: profile.order):
        kinds.setdefault((profile.format, profile.layout), []).append(profile)
    judgements: dict[str, Judgement] = {}
    for kind in sorted(kinds):
        sound: list[DumpProfile] = []
        for profile in kinds[kind]:
            window = find_window(sound, limits)
            basis = _describe_basis(profile, window, limits)
            judgement = known.get(profile.dump_id)
            if judgement is None or judgement.basis != basis:
                judgement = Judgement(basis, tuple(judge_profile(profile, window, limits)))
            judgements[profile.dump_id] = judgement
            if judgement.is_sound or is_accepted(profile.dump_id):
                sound.append(profile)
    return judgements


def _describe_basis(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: DriftLimits
) -> str:
    inputs = [f"{other.dump_id}{other.inputs}" for other in (profile, *window)]
    return content_hash("\n".join([str(DRIFT_VERSION), str(limits), *inputs]))


def judge_profile(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: DriftLimits | None = None
) -> list[Finding]:
    """Judges a dump.

    Args:
        profile: The dump.
        window: Dumps of its kind before it, as find_window gives them; none for the first.
        limits: When something is unusual.

    Returns:
        What is unusual, errors first, then by name.

    Raises:
        ValueError: A dump of the window is of another kind.
    """
    limits = limits or DriftLimits()
    for other in window:
        if (other.format, other.layout) != (profile.format, profile.layout):
            raise ValueError(
                f"expected dumps of the kind {profile.format}/{profile.layout} in the window, "
                f"found {other.format}/{other.layout}; choose them with find_window"
            )
    page_format = find_format(profile.format)
    found: list[Finding | None] = []
    for name, reading in profile.readings.items():
        if name == LAST_CUT:
            continue
        measure = BY_NAME.get(name) or Measure(name, f"entries with {name}", SOURCE)
        past = _past(name, window)
        if len(past) >= limits.fewest:
            found.append(_judge_by_window(measure, reading, past, limits))
        elif measure.usual is not None and measure.applies(page_format):
            found.append(_judge_by_usual(measure, reading, limits))
    found += [
        _judge_stale(profile, window, limits),
        *_judge_ids(profile, window, limits),
        _judge_last(profile, window),
    ]
    return sorted(filter(None, found), key=lambda f: (f.severity != "error", f.name))


def _past(name: str, window: Sequence[DumpProfile]) -> list[Reading]:
    """What the window shows; a category that no entry of a dump had is a share of 0 there."""
    past = [other.readings.get(name) for other in window]
    if "=" in name:
        counts = [other.entry_count for other in window]
        past = [r or Reading(0.0, n) for r, n in zip(past, counts, strict=True) if n]
    return [reading for reading in past if reading is not None]


def _judge_by_window(
    measure: Measure, reading: Reading, past: Sequence[Reading], limits: DriftLimits
) -> Finding | None:
    values = [r.value for r in past]
    center = median(values)
    if measure.nature == "share" and reading.value <= center:
        return None
    deviation = SIGMA_OF_MAD * median([abs(value - center) for value in values])
    spread = limits.deviations * deviation
    if abs(reading.value - center) <= spread:
        return None
    if measure.nature == "share" and not measure.is_damage:
        spread = max(spread, max(values) - center)
    if measure.nature == "share":
        trials = float(sum(r.count for r in past))
        low, high = 0.0, _most_by_chance(reading.count, center * trials, trials, limits.chance)
    elif measure.nature == "count":
        low, high = float(pdtrik(limits.chance, center)), np.inf  # a long page loses nothing
    else:
        error = np.hypot(
            max(reading.error, median([r.error for r in past])),
            MEDIAN_ERROR * deviation / np.sqrt(len(values)),
        )
        width = -float(ndtri(limits.chance)) * error
        low, high = center - width, center + width
    expected = max(0.0, min(low, center - spread)), max(high, center + spread)
    return _find(measure, reading, expected, center, values, limits)


def _judge_by_usual(measure: Measure, reading: Reading, limits: DriftLimits) -> Finding | None:
    least, most = measure.usual or (0.0, 0.0)
    if measure.nature == "share":
        expected = 0.0, _most_by_chance(reading.count, least, most, limits.chance)
        return _find(measure, reading, expected, least / most, (), limits)
    width = -float(ndtri(limits.chance)) * reading.error
    center = min(max(reading.value, least), most)
    return _find(measure, reading, (max(0.0, least - width), most + width), center, (), limits)


def _most_by_chance(count: int, hits: float, trials: float, chance: float) -> float:
    """The largest share of `count` entries that is no less likely than `chance`.

    The number of hits follows the beta-binomial law with the parameters hits + 1/2 and
    trials - hits + 1/2.
    """
    a, b, k = hits + JEFFREYS, trials - hits + JEFFREYS, np.arange(count + 1)
    log_mass = (
        (gammaln(count + 1) - gammaln(k + 1) - gammaln(count - k + 1))
        + (gammaln(k + a) + gammaln(count - k + b) - gammaln(count + a + b))
        - (gammaln(a) + gammaln(b) - gammaln(a + b))
    )
    at_least = np.cumsum(np.exp(log_mass)[::-1])[::-1]
    return float(np.count_nonzero(at_least >= chance) - 1) / count


def _find(
    measure: Measure,
    reading: Reading,
    expected: tuple[float, float],
    center: float,
    window: Sequence[float],
    limits: DriftLimits,
) -> Finding | None:
    """A finding, if the reading is not as expected and the change is large enough to matter."""
    low, high = expected
    change = reading.value - center
    if low <= reading.value <= high or (measure.nature == "share" and change < 0):
        return None
    least, grave, affected = limits.least_change, limits.grave_change, reading.count
    if measure.nature == "share":
        affected = round(reading.value * reading.count)
    elif measure.nature == "days":
        least, grave = limits.least_days, GRAVE_TO_LEAST_DAYS * limits.least_days
    else:
        change /= max(center, 1.0)
        least, grave = LEAST_TO_SHARE * limits.least_change, GRAVE_SIZE
    if abs(change) < least:
        return None
    is_grave = measure.is_damage and abs(change) >= grave and affected >= FEWEST_GRAVE
    return _finding(measure, is_grave, reading, expected, window)


def _finding(
    measure: Measure,
    is_grave: bool,
    reading: Reading,
    expected: tuple[float, float],
    window: Sequence[float],
) -> Finding:
    low, high = (_shown(measure, value) for value in expected)
    ordinary = f"{low} to {high}" if np.isfinite(expected[1]) else f"{low} or more"
    standard = f"as in {len(window)} dumps before it" if len(window) else "as in real pages"
    kind = "share of " if measure.nature == "share" else ""
    words = (
        f"{kind}{measure.what}: expected {ordinary}, {standard}; "
        f"found {_shown(measure, reading.value)} ({reading.count:,} entries). "
        f"Remedy: {measure.remedy}."
    )
    return Finding(
        measure.name,
        "error" if is_grave else "warn",
        reading.value,
        expected,
        tuple(window),
        words,
    )


def _shown(measure: Measure, value: float) -> str:
    return f"{value:.0%}" if measure.nature == "share" else f"{value:,.4g}"


def _judge_stale(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: DriftLimits
) -> Finding | None:
    """The list of an earlier day again: a search may well show the same papers tomorrow."""
    own = set(profile.title_keys)
    lists = [other for other in window if other.is_list and other.page_on != profile.page_on]
    if not profile.is_list or not own or not lists:
        return None
    shares = [len(own & set(other.title_keys)) / len(own) for other in lists]
    most, source = max(zip(shares, (other.page_on for other in lists), strict=True), key=_first)
    shared = round(most * len(own))
    if most < limits.stale_share / 2 or shared < FEWEST_GRAVE:
        return None
    expected = 0.0, limits.stale_share / 2
    found = _finding(STALE, most >= limits.stale_share, Reading(most, len(own)), expected, shares)
    return replace(found, words=f"{found.words} It is the list of {source}.")


def _first(pair: tuple[float, Any]) -> float:
    return pair[0]


def _judge_ids(
    profile: DumpProfile, window: Sequence[DumpProfile], limits: DriftLimits
) -> list[Finding | None]:
    """Ids and titles that stood otherwise before: they do not belong together."""
    pairs = [
        (key, arxiv_id)
        for other in window
        for key, arxiv_id in zip(other.title_keys, other.arxiv_ids, strict=True)
        if arxiv_id
    ]
    own = [pair for pair in zip(profile.title_keys, profile.arxiv_ids, strict=True) if pair[1]]
    return [
        _judge_partners(OTHER_ID, own, pairs, limits),
        _judge_partners(OTHER_TITLE, _turn(own), _turn(pairs), limits),
    ]


def _turn(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(second, first) for first, second in pairs]


def _judge_partners(
    measure: Measure,
    own: Sequence[tuple[Any, Any]],
    pairs: Sequence[tuple[Any, Any]],
    limits: DriftLimits,
) -> Finding | None:
    """How many of those that are known stand with a partner that they never had."""
    known: dict[Any, set[Any]] = {}
    for one, partner in pairs:
        known.setdefault(one, set()).add(partner)
    is_other = [partner not in known[one] for one, partner in own if one in known]
    if not is_other:
        return None
    reading = Reading(sum(is_other) / len(is_other), len(is_other))
    return _judge_by_usual(measure, reading, limits)


def _judge_last(profile: DumpProfile, window: Sequence[DumpProfile]) -> Finding | None:
    """A page that stops within its last abstract, where abstracts are whole otherwise."""
    last, cut = (profile.readings.get(n) for n in (LAST_CUT, "unfinished_abstract"))
    past = [r for r in (other.readings.get(LAST_CUT) for other in window) if r]
    is_usual = sum(r.value for r in past) * 2 > len(past)
    if not last or not cut or not last.value or is_usual or cut.value > MOST_UNFINISHED:
        return None
    return Finding(
        LAST_CUT,
        "warn",
        1.0,
        (0.0, 0.0),
        tuple(r.value for r in past),
        "abstract of the last entry: expected the end of a sentence, found none, so the page may "
        "have been cut off there. Remedy: compare with the page, and get it again.",
    )
