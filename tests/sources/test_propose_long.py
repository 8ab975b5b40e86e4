"""Long fields: a long remark is text like any other, a field beyond all measure is said to be one."""

from __future__ import annotations

import pytest

from regulars.errors import SourceError
from regulars.sources import reading

HEADER = "order,customer,time,product,quantity,net,remark\n"


def test_a_long_remark_with_line_ends_is_read(shop):
    remark = "een regel\n" * 30_000
    shop.file("till.csv", f'{HEADER}1,K1,2024-01-01 10:00,P,1,2,"{remark}"\n2,K1,2024-01-01 10:00,P,1,3,\n')
    shop.load()
    assert shop.counts() == [{"accepted": 2, "canonical": 2}]


def test_a_field_beyond_all_measure_is_named_with_its_line(shop, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST", 1_000)
    rows = '1,K1,2024-01-01 10:00,P,1,2,"a\nb"\n2,K1,2024-01-01 10:00,P,1,3,"' + "x\n" * 600 + '"\n'
    shop.file("till.csv", HEADER + rows)
    with pytest.raises(SourceError, match=r"till\.csv:4: a field is too long.*at most 1,000 characters"):
        shop.load()
