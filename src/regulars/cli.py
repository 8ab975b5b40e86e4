"""The command line: verbs, thin. Data on stdout, talk on stderr, exit codes that mean something."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from regulars import __version__, show
from regulars.errors import RegularsError, UsageError, nearest

if TYPE_CHECKING:
    from regulars.shop import Shop

WrongWords = typer.BadParameter.__bases__[0]
"""Click's own error for a wrong call; typer may bring its own copy of click, so it is found by way of typer."""

EXITS = """Exit codes: 0 done · 1 a fault of ours, written down in .regulars/faults · 2 something to correct ·
3 busy, try again · 4 held for your decision · 5 the engine refused."""


STOPPED = 130
"""The exit code after Ctrl-C."""


class Verbs(TyperGroup):
    """The verbs, in the order of the work, with the nearest one for a slip."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs in the order they are written down."""
        return list(self.commands)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except WrongWords:  # type: ignore[misc]
            raise UsageError("unknown verb", gave=args[0], then=nearest(args[0], self.commands)) from None


@dataclass(frozen=True, slots=True)
class Call:
    """What every verb knows: which shop, and whether a machine reads the answer."""

    folder: Path
    json: bool


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Customer segmentation for shops: who your customers are, what they are worth, what to do next.",
    epilog=EXITS,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Segment = Annotated[str, typer.Argument(help="The segment's id, as `regulars segments` shows it.")]


def version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        typer.echo(f"regulars {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("-C", "--dir", metavar="DIR", help="The shop's folder.")] = Path(),
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Remember which shop is meant."""
    context.obj = folder


@contextmanager
def opened(context: typer.Context) -> Iterator[Shop]:
    """The shop of this call."""
    import regulars

    with regulars.open(context.obj) as shop:
        yield shop


def tell(answer: Any, *, json: bool, limit: int | None = None) -> None:
    """Print an answer for a person or a machine, and say as of when it holds."""
    if json:
        typer.echo(show.as_json(answer))
        return
    show.SHOWN.get(answer["kind"], show.plainly)(answer, limit)
    remark(answer)


def remark(answer: Any) -> None:
    """As of when, from which version, and what the shop's data is, on the error stream."""
    told = [
        f"as of {answer['as_of']}" if answer.get("as_of") else "",
        f"version {answer['version']}" if answer.get("version") else "",
    ]
    show.talk().print(
        " · ".join(part for part in (*told, answer.get("stale"), answer.get("note")) if part), style="dim"
    )


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The shop's folder, made if need be.")],
    source: Annotated[Path, typer.Option("--from", help="A CSV or Parquet file of orders or order lines.")],
    name: Annotated[str | None, typer.Option(help="The shop's name.")] = None,
    currency: Annotated[str, typer.Option(help="Three letters: EUR, DKK, USD.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help="For example Europe/Amsterdam.")] = "Europe/Amsterdam",
    language: Annotated[str, typer.Option(help="en, nl or da.")] = "en",
    country: Annotated[str, typer.Option(help="Two letters: NL, DK, US.")] = "NL",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print regulars.yaml, write nothing.")] = False,
) -> None:
    """Make a shop of a file of orders: propose what each column is and write regulars.yaml."""
    from regulars.sources import propose

    found = propose.study(source, folder)
    text = propose.text_of(
        found,
        name=name or folder.name,
        currency=currency,
        time_zone=time_zone,
        language=language,
        country=country,
    )
    for line in propose.told(found):
        show.talk().print(line, markup=False)
    show.talk().print(
        f"taken as given: currency {currency}, time zone {time_zone}, language {language}, country {country}",
        markup=False,
    )
    if dry_run:
        typer.echo(text)
        return
    written = propose.write(source, folder, text)
    show.talk().print(f"wrote {written}; read it, correct it, then: regulars -C {folder} refresh")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the demo shop goes.")] = Path("regulars-demo"),
    shop: Annotated[str, typer.Option(help="Which demo: journey.")] = "journey",
) -> None:
    """Make a shop of real data, load it, find its segments and write the report."""
    import regulars
    from regulars import demo as demos

    demos.write(shop, folder, say=show.talk().print)
    with regulars.open(folder) as made:
        tell(made.load(), json=False)
        tell(made.refresh(), json=False)
        tell(made.segments(), json=False)
        target = folder / "report.html"
        save(made.report()["value"], target)
    show.talk().print(f"the report: {target}\nnext: regulars -C {folder} why CUSTOMER best_customers")


@app.command()
def load(context: typer.Context, json: Json = False) -> None:
    """Bring in what is new in the sources: check it, land it, account for every row."""
    with opened(context) as shop:
        tell(shop.load(), json=json)


@app.command()
def refresh(
    context: typer.Context,
    as_of: Annotated[str | None, typer.Option(help="The day to compute for (its end), like 2018-01-01.")] = None,
    learn: Annotated[bool, typer.Option("--learn", help="Learn the thresholds anew as well.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say who would enter and leave with the files loaded so far; change nothing."),
    ] = False,
    accept_quarantine: Annotated[
        bool,
        typer.Option(
            "--accept-quarantine", help="Publish also when more than half of a source's new rows cannot be used."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Load, compute every trait and segment, and publish a version."""
    with opened(context) as shop:
        answer = shop.refresh(as_of=as_of, learn=learn, dry_run=dry_run, accept_quarantine=accept_quarantine)
        tell(answer, json=json)


@app.command()
def learn(context: typer.Context, json: Json = False) -> None:
    """Learn thresholds, priors and base rates anew from this shop, and publish a version with them."""
    with opened(context) as shop:
        tell(shop.learn(), json=json)


@app.command()
def rebuild(context: typer.Context, json: Json = False) -> None:
    """Make the warehouse anew from the landed files, the catalogue and the history."""
    with opened(context) as shop:
        tell(shop.rebuild(), json=json)


@app.command()
def segments(context: typer.Context, json: Json = False) -> None:
    """Every segment with its size, its worth and its sentence."""
    with opened(context) as shop:
        tell(shop.segments(), json=json)


@app.command()
def members(
    context: typer.Context,
    segment: Segment,
    traits: Annotated[str, typer.Option(help="Traits to show, comma between.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    json: Json = False,
) -> None:
    """Who is in a segment."""
    with opened(context) as shop:
        answer = shop.members(segment, traits=traits, limit=None if json else limit)
        tell(answer, json=json, limit=limit)


@app.command()
def count(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A segment's id or a .yaml file.")],
    json: Json = False,
) -> None:
    """How many a segment or a file's definition holds, whole and per condition, live."""
    from regulars.segments.language import text_in

    asked = {"segment": what}
    if Path(what).suffix in {".yaml", ".yml"} and exists(what):
        asked = {"definition": text_in(Path(what), what), "file": what}
    with opened(context) as shop:
        tell(shop.count(**asked), json=json)


@app.command()
def why(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id as the shop's files have it.")],
    segment: Segment,
    language: Annotated[str | None, typer.Option("--lang", help="en, nl or da.")] = None,
    json: Json = False,
) -> None:
    """Why a customer is in a segment or not: each condition with the real value."""
    with opened(context) as shop:
        tell(shop.why(customer, segment, language=language), json=json)


@app.command()
def customer(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id as the shop's files have it.")],
    json: Json = False,
) -> None:
    """One customer: every trait with its value, every segment with since when."""
    with opened(context) as shop:
        tell(shop.customer(customer), json=json)


@app.command()
def sql(context: typer.Context, segment: Segment) -> None:
    """The SQL that decides a segment."""
    with opened(context) as shop:
        answer = shop.sql(segment)
    typer.echo(answer["value"])
    remark(answer)


@app.command()
def history(context: typer.Context, segment: Segment, json: Json = False) -> None:
    """What was published of a segment: size, joiners and leavers by version."""
    with opened(context) as shop:
        tell(shop.history(segment), json=json)


@app.command()
def profile(context: typer.Context, segment: Segment, json: Json = False) -> None:
    """What sets a segment apart from everyone, with n and interval."""
    with opened(context) as shop:
        tell(shop.profile(segment), json=json)


@app.command()
def concentration(
    context: typer.Context,
    of: Annotated[str, typer.Option(help="A trait in money.")] = "revenue",
    top: Annotated[str | None, typer.Option(metavar="20%", help="What do the best x % bring?")] = None,
    needed: Annotated[str | None, typer.Option(metavar="80%", help="How many bring y %?")] = None,
    json: Json = False,
) -> None:
    """How much the best customers bring: x % of customers, y % of revenue, and back."""
    with opened(context) as shop:
        tell(shop.concentration(of=of, top=percent(top), needed=percent(needed)), json=json)


@app.command()
def discounts(context: typer.Context, json: Json = False) -> None:
    """What part of the revenue was made with promotions and codes."""
    with opened(context) as shop:
        tell(shop.discounts(), json=json)


@app.command()
def export(
    context: typer.Context,
    segment: Segment,
    to: Annotated[Path, typer.Option("--to", help="A .csv or .parquet file.")],
    traits: Annotated[str, typer.Option(help="Traits to take along, comma between.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Write over an existing file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many rows would leave, write nothing.")] = False,
) -> None:
    """Write a segment's members to a file, whole or not at all."""
    from regulars.audiences import export as file

    with opened(context) as shop:
        rows = shop.export(segment, traits=traits)
        answer = shop.members(segment, limit=1)
    remark(answer)
    if dry_run:
        show.talk().print(
            f"would write {rows.num_rows:,} rows with {', '.join(rows.column_names)} to {to}; nothing was written"
        )
        return
    show.talk().print(f"wrote {file.write(rows, to, replace=replace):,} rows to {to}")


@app.command()
def report(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="Where the page goes.")] = Path("report.html"),
    language: Annotated[str | None, typer.Option("--lang", help="en, nl or da.")] = None,
) -> None:
    """Write the report: one page that opens offline."""
    with opened(context) as shop:
        answer = shop.report(language=language)
    save(answer["value"], to)
    show.talk().print(f"wrote {to}")
    remark(answer)


@app.command()
def traits(context: typer.Context, json: Json = False) -> None:
    """Every trait with its type, its source and its meaning."""
    with opened(context) as shop:
        tell(shop.traits(), json=json)


@app.command()
def parameters(context: typer.Context, json: Json = False) -> None:
    """What was learnt from this shop: thresholds, priors, base rates, each with n and reason."""
    with opened(context) as shop:
        tell(shop.parameters(), json=json)


@app.command()
def loads(context: typer.Context, json: Json = False) -> None:
    """Every load and where each of its rows went."""
    with opened(context) as shop:
        tell(shop.loads(), json=json)


@app.command()
def quarantine(context: typer.Context, limit: Annotated[int, typer.Option(min=1)] = 20, json: Json = False) -> None:
    """The rows that were set aside: file, line, field, reason, original."""
    with opened(context) as shop:
        tell(shop.quarantine(limit=None if json else limit), json=json, limit=limit)


@app.command()
def runs(context: typer.Context, json: Json = False) -> None:
    """What was run, when, and how it ended."""
    with opened(context) as shop:
        tell(shop.runs(), json=json)


def percent(text: str | None) -> float | None:
    """A number of per cent, with or without the sign.

    >>> percent("20%"), percent("12.5 %"), percent(None)
    (20.0, 12.5, None)
    """
    if text is None:
        return None
    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        number = -1.0
    if not 0 < number <= 100:
        raise UsageError("not a share of everyone", gave=text, allowed="more than 0% and at most 100%, such as 20%")
    return number


def exists(name: str) -> bool:
    """Whether the file is there; a missing one is said."""
    if not Path(name).is_file():
        raise UsageError("there is no such file", gave=name)
    return True


def save(text: str, path: Path) -> None:
    """Write a page whole."""
    from regulars.files import whole

    if not path.parent.is_dir():
        raise UsageError("the folder does not exist", gave=str(path.parent))
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def main() -> None:
    """Run a verb; whatever goes wrong is said in words."""
    code = run(sys.argv[1:])
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the shop is closed by now; DuckDB's driver may else report its own leftovers to the user


def run(arguments: list[str]) -> int:
    """Run a verb and return its exit code."""
    try:
        code = int(app(arguments, standalone_mode=False) or 0)
        if code == STOPPED:
            raise KeyboardInterrupt
        return code
    except RegularsError as error:
        for fault in error.faults:
            typer.echo(f"regulars: {fault}", err=True)
        return error.exit_code
    except WrongWords as error:  # type: ignore[misc]
        typer.echo(f"regulars: {error.format_message()}", err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("regulars: stopped; nothing half-done remains", err=True)
        return STOPPED
    except BrokenPipeError:
        return 0
    except Exception as fault:  # noqa: BLE001 the last line before a user
        typer.echo(f"regulars: a fault of ours: {type(fault).__name__}; written to {written_down(fault)}", err=True)
        return 1


def written_down(fault: Exception) -> str:
    """Keep where a fault arose, for a person to send: files, lines and kinds of error, never a value."""
    import tempfile
    import traceback

    from regulars.clock import utc_now

    kinds = []
    cause: BaseException | None = fault
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        kinds.append(type(cause).__name__)
        kinds += [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        cause = cause.__cause__ or cause.__context__
    folder = shop_folder() / ".regulars" / "faults"
    if not folder.parent.is_dir():
        folder = Path(tempfile.mkdtemp(prefix="regulars-"))
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{utc_now():%Y%m%dT%H%M%S%f}.txt"
    path.touch(mode=0o600)
    path.write_text("\n".join([f"regulars {__version__}", *kinds, ""]), encoding="utf-8")
    return str(path)


def shop_folder() -> Path:
    """The folder that the call named, else the present one."""
    words = sys.argv[1:]
    named = [words[at + 1] for at, word in enumerate(words[:-1]) if word in ("-C", "--dir")]
    return Path(named[0]) if named else Path()


if __name__ == "__main__":
    main()
