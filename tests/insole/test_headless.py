"""Without a window: a session that was given a time ends, whatever the insoles do."""

import pytest

from insole.commands import headless
from insole.errors import NoInsoleFound
from insole.live.engine import Session
from insole.model.foot import Side
from insole.model.stream import LinkState


class Mute:
    """A source that connects, for ever, and never gives a sample."""

    realtime = True
    error = None
    finished = False

    def start(self, sink):
        sink(LinkState("a", 1, "connecting", "Left: connecting.", Side.LEFT))

    def stop(self):
        self.finished = True


def test_insoles_that_never_give_a_sample_end_with_the_reason(monkeypatch, capsys):
    monkeypatch.setattr(headless, "FIRST_DATA_S", 0.2)
    with pytest.raises(NoInsoleFound, match="no insole gives data"):
        headless.run(Session(Mute()), seconds=1.0, as_json=True)
    assert capsys.readouterr().out == ""
