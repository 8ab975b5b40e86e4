from __future__ import annotations

import re

import pytest

from regulars.report.messages import extracted, translated

PLACES = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


@pytest.mark.parametrize("language", ["nl", "da"])
def test_nothing_is_left_untranslated(language):
    known = {message.id: message for message in translated(language) if message.id}
    wanted = {message.id for message in extracted() if message.id}
    assert set(known) == wanted
    for message in known.values():
        assert not message.fuzzy, message.id
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id


@pytest.mark.parametrize("language", ["nl", "da"])
def test_each_translation_has_the_places_of_its_original(language):
    for message in translated(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id:
            for one, said in zip(ids, strings, strict=True):
                assert sorted(PLACES.findall(one)) == sorted(PLACES.findall(said)), one
                assert one.endswith(".") == said.endswith("."), one
