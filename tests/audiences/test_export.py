import csv as plain_csv
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.audiences import export
from regulars.errors import UsageError
from regulars.files import whole
from regulars.traits.trait import Trait


def trait(name: str, type: str, book: str | None = None) -> Trait:
    return Trait(name, type=type, kind="state", label={}, doc="", source="", book=book)


def test_values_are_readable():
    rows = pa.table(
        {
            "revenue": pa.array([123456, None, -5], pa.int64()),
            "last_order": pa.array([17531, None, 0], pa.int32()),
            "top_category": pa.array([2, None, 9], pa.int32()),
            "average_order_value": pa.array([1234.5, None, 10.0]),
        }
    )
    traits = {
        "revenue": trait("revenue", "money"),
        "last_order": trait("last_order", "date"),
        "top_category": trait("top_category", "code", "category"),
        "average_order_value": trait("average_order_value", "money"),
    }
    shown = export.presentable(rows, traits, {"category": {"coffee": 1, "tea": 2}}, 2).to_pydict()
    assert [str(v) for v in shown["revenue"]] == ["1234.56", "None", "-0.05"]
    assert [str(v) for v in shown["last_order"]] == ["2017-12-31", "None", "1970-01-01"]
    assert shown["top_category"] == ["tea", None, None]
    assert shown["average_order_value"] == [12.35, None, 0.1] or shown["average_order_value"] == [12.34, None, 0.1]


@given(
    st.lists(st.text(), min_size=1), st.sampled_from("=+-@＝＋－＠"), st.text(alphabet=" \"'\ufeff\u200b", max_size=3)
)
def test_no_cell_or_heading_starts_a_formula(words, sign, before):
    cells = [*words, before + sign + "cmd()"]
    table = export.harmless(pa.table({before + sign + "head": cells}))
    for cell in [*table.column(0).to_pylist(), *table.column_names]:
        assert cell.lstrip(' "\ufeff\u200b')[:1] not in set("=+-@＝＋－＠\t\r\n")


def test_negative_numbers_stay_numbers(tmp_path: Path):
    target = tmp_path / "list.csv"
    export.write(pa.table({"balance": [-5.0], "note": ["-5"]}), target)
    with target.open() as lines:
        assert list(plain_csv.DictReader(lines)) == [{"balance": "-5", "note": "'-5"}]


def test_the_file_is_whole_or_not_there(tmp_path: Path):
    target = tmp_path / "list.csv"

    def stop_halfway() -> None:
        with whole(target) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_halfway()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["list.xls", "nowhere/list.csv", "there.csv", "folder.csv"])
def test_refusals_say_what_to_do(tmp_path: Path, name: str):
    (tmp_path / "there.csv").write_text("mine")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError):
        export.write(pa.table({"a": [1]}), tmp_path / name)
    assert (tmp_path / "there.csv").read_text() == "mine"
