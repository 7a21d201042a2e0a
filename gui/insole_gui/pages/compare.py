"""Compare: two sets of recordings, what differs, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QWidget

from insole_gui.state.compare import Comparison, named
from insole_gui.widgets.buttons import Button
from insole_gui.widgets.courses import CoursePlot
from insole_gui.widgets.forest import Forest
from insole_gui.widgets.look import BOLD, STRONG, TEXT, Canvas, Look, Painted

EDGE, GAP, HIGH = 16, 12, 44
SAID_LINES, CAUTION_LINES = 2, 3
CHOOSE = {"A": "A: choose recordings", "B": "B: choose recordings"}
EMPTY = (
    "Choose the recordings of one condition as A, those of the other as B. Several of each, "
    "and of several days, say more than one."
)


class ComparePage(Painted):
    """What is compared, the finding, the curves of force, and each number."""

    asked = Signal(str)
    swapped = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.surface = "background"
        self.sides = {
            name: Button(look, words, parent=self, surface="background")
            for name, words in CHOOSE.items()
        }
        for name, button in self.sides.items():
            button.pressed.connect(lambda name=name: self.asked.emit(name))
        self.swap = Button(look, "Swap A and B", key="X", parent=self, surface="background")
        self.swap.pressed.connect(self.swapped)
        self.courses = CoursePlot(look, self)
        self.forest = Forest(look, self)
        self.forest.chosen.connect(self._tell)
        self.files: dict[str, tuple[Path, ...]] = {"A": (), "B": ()}
        self.found: Comparison | None = None
        self._busy = ""
        self._said = ""
        self._show_files()
        self.show_comparison(None)

    @property
    def ready(self) -> bool:
        """Both sides are chosen."""
        return all(self.files.values())

    def choose(self, side: str, files: Sequence[Path]) -> None:
        """Other recordings of A or B."""
        self.files[side] = tuple(files)
        self._show_files()
        self.show_comparison(None)

    def exchange(self) -> None:
        """B is A and A is B."""
        self.files = {"A": self.files["B"], "B": self.files["A"]}
        self._show_files()
        self.show_comparison(None)

    def show_comparison(self, found: Comparison | None) -> None:
        """What was found; None: nothing yet."""
        self.found = found
        self._said = found.said if found is not None else ""
        self.courses.show_courses(found.courses if found is not None else None)
        if found is None:
            self.forest.show_rows(())
        else:
            self.forest.show_rows(found.rows, at=found.first)
        has = found is not None and not found.refused
        self.courses.setVisible(has)
        self.forest.setVisible(has)
        self.setAccessibleName(
            f"{found.headline}. {found.said}" if found is not None else "Compare"
        )
        self.arrange()
        self.update()

    def show_busy(self, words: str) -> None:
        """What is being done."""
        if words != self._busy:
            self._busy = words
            self.update()

    def _tell(self, index: int) -> None:
        """The sentence of the chosen number stands under the headline."""
        if self.found is not None:
            self._said = self.found.rows[index].sentence
            self.arrange()
            self.update()

    def _show_files(self) -> None:
        for (name, button), dot in zip(self.sides.items(), ("left", "right"), strict=True):
            files = self.files[name]
            words = f"{name}  {named(files)}" if files else CHOOSE[name]
            button.say(words, kind="chosen" if files else "plain", dot=dot if files else "")
        self.arrange()

    # --- layout and painting ---

    def resizeEvent(self, _event: object) -> None:
        """Place everything anew."""
        self.arrange()

    def restyle(self) -> None:
        """Place everything anew."""
        self.arrange()
        self.update()

    def arrange(self) -> None:
        """Buttons, finding, curves beside or above the numbers."""
        u = self.look.u
        edge, gap, high = round(EDGE * u), round(GAP * u), round(HIGH * u)
        x = edge
        room = self.width() - 2 * edge
        swap = self.swap.sizeHint().width()
        most = max((room - swap - 2 * gap) // 2, 1)
        for button in self.sides.values():
            wide = min(button.sizeHint().width(), most)
            button.setGeometry(x, 0, wide, high)
            x += wide + gap
        self.swap.setGeometry(min(x, self.width() - edge - swap), 0, swap, high)
        self.swap.setVisible(any(self.files.values()))
        top = self._top()
        body = self.height() - top - edge
        if self.width() >= 1380 * u:
            left = round((room - gap) * 0.42)
            self.courses.setGeometry(edge, top, left, body)
            self.forest.setGeometry(edge + left + gap, top, room - left - gap, body)
            return
        above = round(body * 0.42)
        self.courses.setGeometry(edge, top, room, above)
        self.forest.setGeometry(edge, top + above + gap, room, body - above - gap)

    def _top(self) -> int:
        u = self.look.u
        lines = len(self._said_lines()) + len(self._caution_lines()) + (self.found is not None)
        return round((HIGH + GAP) * u) + round((34 + 20 + 22 * lines) * u) + round(GAP * u)

    def _said_lines(self) -> list[str]:
        """The sentence in lines as wide as the card."""
        words = EMPTY if self.found is None else self._said
        return self._in_lines(words, size=14, most=SAID_LINES)

    def _caution_lines(self) -> list[str]:
        words = "" if self.found is None else self.found.cautions
        return self._in_lines(words, size=13, most=CAUTION_LINES)

    def _in_lines(self, words: str, *, size: float, most: int) -> list[str]:
        """The last line takes the rest."""
        ruler = Canvas(None, self.look)  # type: ignore[arg-type] - measures text only
        room = self.width() - (2 * EDGE + 32) * self.look.u
        lines = ruler.wrapped(words, room, size=size, weight=TEXT)
        if len(lines) > most:
            lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
        return lines

    def draw(self, canvas: Canvas) -> None:
        """The card of the finding."""
        u = self.look.u
        edge, top = EDGE * u, (HIGH + GAP) * u
        box = QRectF(edge, top, self.width() - 2 * edge, self._top() - GAP * u - top)
        canvas.card(box)
        room = QRectF(box.left() + 16 * u, box.top() + 10 * u, box.width() - 32 * u, 34 * u)
        found = self.found
        if found is None:
            words = self._busy or ("Comparing…" if self.ready else "Nothing is compared yet")
            canvas.text(room, words, size=22, weight=BOLD)
            self._lines(canvas, room, colour="text2")
            return
        canvas.text(room, found.headline, size=22, weight=BOLD)
        below = self._lines(canvas, room, colour="text")
        self._matches(canvas, below, found)
        for words in self._caution_lines():
            below.translate(0, 22 * u)
            canvas.text(below, words, size=13, colour="text2")

    def _lines(self, canvas: Canvas, room: QRectF, *, colour: str) -> QRectF:
        """The sentence under a headline; where the next line goes."""
        u = self.look.u
        line = QRectF(room.left(), room.bottom(), room.width(), 22 * u)
        for words in self._said_lines():
            canvas.text(line, words, size=14, colour=colour)
            line.translate(0, 22 * u)
        return line

    def _matches(self, canvas: Canvas, room: QRectF, found: Comparison) -> None:
        u, line = self.look.u, QRectF(room)
        for words, fine in sorted(found.matches, key=lambda one: one[1]):
            sign, colour = ("✓", "good") if fine else ("▲", "attention")
            said = f"{sign} {words}"
            wide = canvas.width(said, size=13, weight=STRONG)
            if line.left() + wide > room.right():
                break
            canvas.text(line, said, size=13, weight=STRONG, colour=colour)
            line.setLeft(line.left() + wide + 16 * u)
