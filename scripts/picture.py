"""Takes the README's picture of a report: `make picture` after `make demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "regulars-demo" / "report.html"
PICTURE = ROOT / "docs" / "images" / "report.png"
SIZE = {"width": 1200, "height": 1120}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def main(report: Path = REPORT) -> int:
    """Open the report in the system's Chromium and keep its first screen."""
    from playwright.sync_api import sync_playwright

    browser_file = shutil.which("chromium")
    if not browser_file or not report.exists():
        print("needs chromium and a report: apt-get install chromium; make demo", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_file, args=QUIET)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(report.resolve().as_uri())
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"wrote {PICTURE.relative_to(ROOT)}, {PICTURE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
