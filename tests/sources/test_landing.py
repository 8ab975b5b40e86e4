"""Files as they come: encodings, delimiters, odd rows, and files that cannot be read."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.engine.duckdb import scratch
from regulars.errors import ShopError, SourceError
from regulars.sources.landing import meta
from sources.conftest import HEADER, TILL

LINE = "1,C1,2018-03-01 10:00,P1,2,12.50\n"


def landed(shop):
    (load,) = shop.land()
    return pq.read_table(shop.project.landing / load.path).to_pylist()


def test_a_landed_file_keeps_every_value_as_text_with_its_file_and_line(shop):
    shop.file("till.csv", HEADER + LINE + '2,C2,2018-03-01 10:05,"P,2",1, 007\n')
    first, second = landed(shop)
    assert (first["_file"], first["_line"], first["net"]) == ("data/till.csv", 2, "12.50")
    assert (second["_line"], second["product"], second["net"]) == (3, "P,2", " 007")


def test_a_landed_file_carries_its_mapping_and_the_digests_of_its_files(shop):
    shop.file("till.csv", HEADER + LINE)
    (load,) = shop.land()
    told = meta(shop.project, load)
    assert told["source"]["name"] == "till"
    assert [file["name"] for file in told["files"]] == ["data/till.csv"]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252"), ("utf-16-le", "utf-16-le")],
)
def test_encodings(make_shop, encoding, said):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n"
        "    columns: {order: order, customer: naïf, time: time, net: net}\n"
        + (f"    encoding: {said}\n" if said else "")
    )
    shop.file("till.csv", "order,naïf,time,net\n1,Zoë,2018-03-01,1\n".encode(encoding))
    shop.load()
    assert shop.one("SELECT external_id FROM records") == "Zoë"


def test_a_file_that_is_not_utf8_is_refused_with_its_line_and_the_way_out(shop):
    shop.file("till.csv", HEADER.encode() + LINE.encode() + b"2,Zo\xeb,2018-03-01,P,1,1\n")
    with pytest.raises(SourceError, match=r"data/till.csv:3: not UTF-8 text; .*encoding: cp1252"):
        shop.land()


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_delimiters_are_seen_in_the_header(shop, delimiter):
    shop.file("till.csv", (HEADER + LINE).replace(",", delimiter))
    shop.load()
    assert shop.one("SELECT net FROM order_lines") == 1250


def test_quoted_newlines_and_blank_lines_keep_the_line_numbers(shop):
    shop.file("till.csv", HEADER + '1,C1,2018-03-01,"P\n1",1,1\n\n2,C2,2018-03-02,P2,1,x\n3,C3,2018-03-03,P3,1,3\n')
    assert [(row["_line"], row["product"]) for row in landed(shop)] == [(2, "P\n1"), (5, "P2"), (6, "P3")]


def test_windows_and_old_mac_line_ends(make_shop):
    for end in ("\r\n", "\r"):
        shop = make_shop()
        shop.file("till.csv", (HEADER + LINE + LINE.replace("1,C1", "2,C2")).replace("\n", end))
        shop.load()
        assert shop.one("SELECT sum(net) FROM order_lines") == 2500


def test_ragged_rows_go_to_quarantine_and_the_rest_is_loaded(shop):
    shop.file("till.csv", HEADER + LINE + "2,C2,2018-03-01\n" + "3,C3,2018-03-01,P1,1,3,4\n" + '4,"C"4,2018,P,1,1\n')
    shop.load()
    bad = shop.rows("SELECT file, line, field, original FROM quarantine ORDER BY line")
    assert [(row["line"], row["field"]) for row in bad] == [(3, "row"), (4, "row"), (5, "row")]
    assert bad[0]["original"] == '["2", "C2", "2018-03-01"]'
    assert shop.counts() == [{"accepted": 4, "canonical": 1, "quarantined": 3}]


def test_parquet_keeps_its_types(make_shop):
    shop = make_shop(
        "  till:\n    files: data/till.parquet\n    rows: order_lines\n"
        "    columns: {order: id, customer: who, time: at, net: net}\n"
    )
    table = pa.table({"id": [7], "who": [12.0], "at": [pa.scalar(1_519_894_800, pa.timestamp("s"))], "net": [0.285]})
    (shop.root / "data").mkdir()
    pq.write_table(table, shop.root / "data" / "till.parquet")
    shop.load()
    assert shop.one("SELECT net FROM order_lines") == 29  # the float nearest to 0.285 lies below it
    assert shop.one("SELECT external_id FROM records") == "12"


def test_a_header_alone_is_a_load_of_no_rows(shop):
    shop.file("till.csv", HEADER)
    (load,) = shop.load()
    assert load.rows == 0
    assert shop.counts() == [{}]


REFUSED = {
    "missing": (None, r"no such file: 'data/till\*.csv'; source till in regulars.yaml names it"),
    "empty": (b"", r"data/till.csv: the file is empty"),
    "blank": (b"\n\n", r"data/till.csv:1: the first line has no column names"),
    "garbage": (bytes(range(256)) * 40, r"data/till.csv: not a text file: it holds zero bytes"),
    "half a Parquet file": (b"PAR1" + b"\0" * 90, r"data/till.csv: the file cannot be read"),
    "half a letter at the end": ((HEADER + LINE).encode() + b"\xc3", r"data/till.csv:3: not UTF-8 text"),
    "a sheet": (b"PK\x03\x04" + b"x" * 50, r"data/till.csv: neither CSV nor Parquet; save the sheet as CSV"),
    "open quote": ((HEADER + LINE + '2,"C2,2018-03-01\n' + LINE).encode(), r"data/till.csv:3: a quote is opened"),
    "missing columns": (
        b"order,klant,time,product,quantity\n",
        r"no such column: 'customer'.*\n.*no such column: 'net'",
    ),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_files_that_cannot_be_read_are_refused_and_nothing_is_landed(shop, content, said):
    if content is not None:
        shop.file("till.csv", content)
    with pytest.raises(SourceError, match=said):
        shop.land()
    assert shop.catalogue.loads() == []
    assert not list(shop.project.landing.rglob("*.parquet"))


def test_all_faults_of_all_files_are_told_at_once(shop):
    shop.file("till1.csv", "")
    shop.file("till2.csv", "")
    with pytest.raises(SourceError) as refusal:
        shop.land()
    assert [str(fault.where) for fault in refusal.value.faults] == ["data/till1.csv", "data/till2.csv"]


def test_only_new_files_of_a_pattern_are_landed(shop):
    shop.file("till1.csv", HEADER + LINE)
    assert [load.files for load in shop.load()] == [("data/till1.csv",)]
    assert shop.load() == []
    shop.file("till2.csv", HEADER + LINE.replace("1,C1", "2,C2"))
    assert [load.files for load in shop.load()] == [("data/till2.csv",)]


def test_a_file_that_lies_as_it_did_is_not_read_again(shop, monkeypatch):
    path = shop.file("till.csv", HEADER + LINE)
    os.utime(path, (1_500_000_000, 1_500_000_000))
    shop.load()
    monkeypatch.setattr("regulars.sources.landing.inspect", lambda *_: pytest.fail("it was read"))
    assert shop.load() == []


def test_a_file_written_over_at_once_with_as_many_bytes_is_seen(shop):
    shop.file("till.csv", HEADER + LINE)
    shop.load()
    shop.file("till.csv", HEADER + LINE.replace("12.50", "12.75"))
    shop.load()
    assert shop.one("SELECT net FROM order_lines") == 1275


def test_a_pattern_whose_files_were_cleared_away_is_no_fault(shop):
    path = shop.file("till.csv", HEADER + LINE)
    shop.load()
    path.unlink()
    assert shop.load() == []


def test_no_temporary_file_is_left(shop):
    shop.file("till.csv", HEADER + LINE)
    shop.load()
    left = {path.name for path in shop.project.landing.rglob("*") if path.is_file()}
    assert len(left) == 1
    assert not list(shop.project.landing.rglob(".landing-*"))


def test_a_file_that_goes_back_to_what_it_said_is_seen(shop):
    for amount in ("3.50", "9.99", "3.50"):
        shop.file("till.csv", HEADER + LINE.replace("12.50", amount))
        shop.load()
    assert shop.one("SELECT net FROM order_lines") == 350
    assert shop.counts() == [
        {"accepted": 1, "superseded": 1},
        {"accepted": 1, "superseded": 1},
        {"accepted": 1, "canonical": 1},
    ]
    assert shop.load() == []


def test_a_mapping_that_goes_back_to_what_it_said_is_seen(shop):
    shop.file("till.csv", HEADER + "1,C1,2018-03-01,P1,2,3\n")
    for column in ("net", "quantity", "net"):
        shop.sources(TILL.replace("net: net", f"net: {column}"))
        shop.load()
    assert shop.one("SELECT net FROM order_lines") == 300


def test_old_bytes_under_a_new_name_are_a_copy(shop):
    path = shop.file("till.csv", HEADER + LINE)
    shop.load()
    path.rename(path.with_name("till_old.csv"))
    shop.file("till.csv", HEADER + LINE.replace("12.50", "9"))
    assert [load.files for load in shop.load()] == [("data/till.csv",)]
    assert shop.one("SELECT net FROM order_lines") == 900


@pytest.mark.parametrize(("harm", "said"), [("gone", "is missing"), ("cut", "was changed"), ("other", "was changed")])
def test_a_landed_file_that_is_not_what_it_was_is_named(shop, harm, said):
    shop.file("till.csv", HEADER + LINE)
    (load,) = shop.land()
    path = shop.project.landing / load.path
    match harm:
        case "gone":
            path.unlink()
        case "cut":
            path.write_bytes(path.read_bytes()[:100])
        case "other":
            pq.write_table(pq.read_table(path).slice(0, 0).replace_schema_metadata(pq.read_schema(path).metadata), path)
    with pytest.raises(ShopError, match=rf"a landed file {said}: '.regulars/landing/till/.*'; restore it.*load 1"):
        shop.apply(load)
    if harm != "other":
        with pytest.raises(ShopError, match=said):
            shop.land()


def test_rows_keep_the_clock_and_the_money_that_they_were_landed_with(shop):
    shop.file("till.csv", HEADER + LINE)
    (load,) = shop.land()
    yaml = shop.root / "regulars.yaml"
    yaml.write_text(yaml.read_text().replace("Europe/Amsterdam", "Asia/Tokyo").replace("EUR", "JPY"))
    shop.apply(load)
    assert shop.rows("SELECT sec, minute FROM orders") == [{"sec": 1_519_894_800, "minute": 600}]
    assert shop.one("SELECT net FROM order_lines") == 1250
    with pytest.raises(ShopError) as refusal:
        shop.land()
    assert [str(fault) for fault in refusal.value.faults] == [
        "time_zone is not that of the files that are landed: 'Asia/Tokyo'; allowed: Europe/Amsterdam; "
        "make a new shop folder and load all files there",
        "currency is not that of the files that are landed: 'JPY'; allowed: EUR; "
        "make a new shop folder and load all files there",
    ]


ORDERS = """\
  orders:
    files: data/orders.csv
    rows: orders
    columns: {order: order, time: time}
"""


def test_another_teller_of_the_same_orders_is_refused(shop):
    shop.file("till.csv", HEADER + LINE)
    (load,) = shop.land()
    shop.file("orders.csv", "order,time\n1,2018-03-01 10:00\n")
    shop.sources(TILL + ORDERS)
    shop.apply(load)
    assert shop.one("SELECT sum(net) FROM order_lines WHERE sec IS NOT NULL") == 1250
    with pytest.raises(ShopError, match=r"another source would tell the orders, or the lines, of till.*a system: of"):
        shop.land()
    shop.sources(TILL + ORDERS + "    system: web\n")
    assert [load.source for load in shop.land()] == ["orders"]


def test_landing_keeps_to_the_shops_memory(shop, monkeypatch):
    seen = []

    def watched(**settings):
        seen.append(settings)
        return scratch(**settings)

    monkeypatch.setattr("regulars.engine.duckdb.scratch", watched)
    yaml = shop.root / "regulars.yaml"
    yaml.write_text(yaml.read_text() + "engine: {memory: 200MB, threads: 1}\n")
    shop.file("till.csv", HEADER + LINE)
    shop.load()
    assert [(each["memory"], each["threads"]) for each in seen] == [("200MB", 1)] * 2
    assert all(each["temp"].is_relative_to(shop.project.state) for each in seen)
