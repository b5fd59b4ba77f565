"""Draw the app's icons from static/logo.svg.

Phones show no SVG there, and a badge is a shape without colours. Run by hand after the logo changed
(`.venv/bin/python deploy/tools/icons.py`): a headless Chromium draws, the files are committed.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from common.testing.chromium import chromium

STATIC = Path(__file__).parents[2] / "services/gateway/gateway/static"
# name, pixels, the style of the ground, how much of it the flower takes
ICONS = (
    ("app-192", 192, "background: #fdf3f6; border-radius: 22%", 0.8),
    ("app-512", 512, "background: #fdf3f6; border-radius: 22%", 0.8),
    # Phones cut their own shape out of this one.
    ("app-whole-512", 512, "background: #fdf3f6", 0.62),
    ("badge-96", 96, "", 0.96),
)


def draw(page: Page, name: str, pixels: int, ground: str, share: float) -> None:
    """Draw one icon into its file; without a ground it is a white shape."""
    flower = (STATIC / "logo.svg").read_text(encoding="utf-8")
    if not ground:
        flower = flower.replace('fill="#f3a9bf"', 'fill="#fff"')
        flower = flower.replace('stroke="#b13a69"', 'stroke="none"')
        flower = flower.replace('fill="#b13a69"', 'fill="none"')
    around = round(pixels * (1 - share) / 2)
    box = (
        f"box-sizing: border-box; width: {pixels}px; height: {pixels}px; "
        f"padding: {around}px; {ground}"
    )
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(f'<body style="margin: 0"><div style="{box}">{flower}</div></body>')
    page.screenshot(path=STATIC / "icons" / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    with chromium() as browser:
        page = browser.new_page()
        for icon in ICONS:
            draw(page, *icon)
