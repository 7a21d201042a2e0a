"""Every setting that a protocol has is listed, and starts a stream with each of its choices."""

from __future__ import annotations

import json

import pytest

from insole import plugins
from insole.cli import main
from insole.model.stream import Write

PROTOCOLS = plugins.load_all("insole.protocols")[0]
SETTINGS = [(protocol, setting) for protocol in PROTOCOLS.values() for setting in protocol.settings]


def test_every_setting_is_listed_with_its_choices(capsys):
    assert main(["protocols"]) == 0
    said = capsys.readouterr().out
    assert main(["protocols", "--json"]) == 0
    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)["protocols"]}
    assert told.keys() == PROTOCOLS.keys()
    for protocol, setting in SETTINGS:
        assert f"    {setting.name}: {setting.meaning}" in said
        listed = {each["name"]: each for each in told[protocol.name]["settings"]}
        assert listed[setting.name]["choices"] == list(setting.choices)


@pytest.mark.parametrize(
    ("protocol", "setting"), SETTINGS, ids=lambda each: getattr(each, "name", None)
)
def test_every_choice_can_be_started(protocol, setting):
    assert not setting.usual or not setting.choices or setting.usual in setting.choices
    for choice in setting.choices:
        writes = protocol.start({setting.name: choice})
        assert all(isinstance(write, Write) for write in writes)
        assert {write.channel for write in writes} <= set(protocol.gatt.write)
