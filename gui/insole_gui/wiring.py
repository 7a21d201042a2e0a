"""What every button and signal of the window does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insole_gui.window import Window


def connect(window: Window) -> None:
    """Join signals to what they ask for."""
    _chrome(window)
    _live(window)
    _insoles(window)
    _other_pages(window)


def _chrome(window: Window) -> None:
    for name, button in window.rail.items():
        if name == "keys":
            button.pressed.connect(window.show_keys)
        else:
            button.pressed.connect(lambda name=name: window.go(name))
    for chip_view in window.header.chips.values():
        chip_view.pressed.connect(lambda: window.go("insoles"))
    for overlay in (*window.cards, window.far):
        overlay.closed.connect(window.leave)
    window.menu.chosen.connect(window.do)
    window.form.taken.connect(window.take_about)
    window.guide.again.connect(window.ask_guide)
    window.numbers.taken.connect(window.change_numbers)
    window.device_form.taken.connect(window.take_device)


def _live(window: Window) -> None:
    control, transport = window.control, window.live.transport
    window.live.asked.connect(window.explain)
    window.live.feet.points.pressed.connect(window.toggle_points)
    transport.record.connect(control.record)
    transport.keep.connect(control.keep)
    transport.about.connect(window.ask_about)
    transport.mark.connect(lambda: control.mark("mark"))
    transport.live.connect(control.to_live)
    transport.moved.connect(control.scrub)
    transport.play.connect(control.play)
    transport.back.connect(control.jump_back)
    transport.forward.connect(control.faster)
    transport.sample.connect(control.sample)
    transport.speed.connect(control.next_speed)


def _insoles(window: Window) -> None:
    control, page = window.control, window.insoles
    for source in (window.live.empty, page):
        source.search.pressed.connect(control.search)
        source.virtual.pressed.connect(control.virtual)
        source.open.pressed.connect(window.ask_file)
    page.swap.pressed.connect(control.swap)
    page.align.pressed.connect(control.align)
    page.calibrate.pressed.connect(lambda: window.ask_guide("calibrate"))
    page.zero.pressed.connect(lambda: window.ask_guide("zero"))
    page.name.pressed.connect(lambda: window.ask_guide("name"))
    page.pod.pressed.connect(lambda: window.ask_device("pod"))
    for side, card in page.cards.items():
        card.settings.pressed.connect(lambda side=side: window.ask_device(side.value))


def _other_pages(window: Window) -> None:
    control = window.control
    window.drill.wanted.connect(control.drill)
    window.drill.pause_wanted.connect(control.pause_drill)
    window.review.wanted.connect(window.open_file)
    window.review.asked_file.connect(window.ask_file)
    review = window.review
    review.moved.connect(control.scrub_file)
    review.asked.connect(window.explain)
    review.feet.points.pressed.connect(window.toggle_points)
    review.overview_wanted.connect(lambda: control.read_review(review.take))
    review.decided.connect(partial(control.decide, done=review.take))
    review.loop_wanted.connect(control.repeat)
    review.play.pressed.connect(control.play)
    review.speed.pressed.connect(control.next_speed)
    window.settings.theme_wanted.connect(window.change_theme)
    window.settings.contrast_wanted.connect(window.change_contrast)
    window.settings.text_wanted.connect(window.change_text)
    window.settings.scale_wanted.connect(window.change_scale)
    window.settings.numbers_wanted.connect(window.ask_numbers)
    window.settings.about_wanted.connect(window.ask_about)
