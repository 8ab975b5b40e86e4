"""Whatever bytes a file holds: an error in words or an account that adds up, never a traceback."""

from __future__ import annotations

import contextlib

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars.errors import RegularsError
from sources.conftest import HEADER
from sources.test_conservation import Shop, shops

cell = st.one_of(
    st.sampled_from(
        ["", "1", "O1", "-0.005", "1e3", "1e99", "NaN", "inf", "9" * 40, "2018-03-01", "0001-01-01", "24:61"]
    ),
    st.sampled_from(
        ['"a\nb"', '"a""b"', '"open', 'mid"dle', " ", "\t", "'", "\\", "€ 1", "2018-03-01T10:00+99:00", "\u200b"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
rows = st.lists(st.lists(cell, min_size=5, max_size=7).map(",".join), max_size=6).map("\n".join)
content = st.one_of(st.binary(max_size=60), rows.map(lambda text: (HEADER + text).encode()))


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(content, min_size=4, max_size=4))
def test_any_file_is_refused_in_words_or_accounted_for(contents):
    with shops() as folder:
        shop = Shop(folder)
        for bytes_ in contents:
            shop.file("till.csv", bytes_)
            with contextlib.suppress(RegularsError):
                shop.land()
            for load in shop.catalogue.loads():
                shop.apply(load)  # what is landed can always be applied
            shop.account()
