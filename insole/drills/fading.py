"""Fewer cues as weeks go by, and repetitions without any (drills.md, section 2.4).

What is learnt shows where nobody says anything: the last repetition of a set is quiet from the
second week on, and is the measure of retention.
"""

from __future__ import annotations

from insole.drills.drill import Feedback

QUIET_FROM = 2  # week
THIRDS, HALVES = (4, 6), (7, 8)  # weeks: two of three have cues, every other; later one of three


def is_quiet(feedback: Feedback, *, week: int, nth: int, of: int) -> bool:
    """Whether a repetition has no cue but those of safety and data.

    >>> [is_quiet(Feedback(), week=5, nth=n, of=10) for n in range(1, 7)]
    [False, False, True, False, False, True]

    Args:
        feedback: of the drill.
        week: of the course, from 1.
        nth: repetition of the set, from 1; a hold is one.
        of: repetitions of a set.
    """
    if feedback.quiet_rep and week >= QUIET_FROM and nth == of:
        return True
    if not feedback.fade or week < THIRDS[0]:
        return False
    if week <= THIRDS[1]:
        return nth % 3 == 0
    if week <= HALVES[1]:
        return nth % 2 == 0
    return nth % 3 != 1
