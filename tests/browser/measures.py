"""What is measured in a page, as scripts that run there (screens.md, "Look"; WCAG 2.2 AA)."""

from __future__ import annotations

from importlib.resources import files

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

SERIOUS = """async (rules) => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const only = rules.length ? { runOnly: rules } : {};
  const { violations } = await axe.run({ resultTypes: ["violations"], ...only });
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => {
      const why = any.map(({ message }) => message).join(" ");
      return `${id}: ${target} ${why}`;
    }));
}"""

# Each control gets the focus as by keyboard.
# Its ring must be 3 px and stand out from what lies behind it.
WITHOUT_RING = """() => {
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const behind = (element) => {
    for (let each = element.parentElement; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [darker, lighter] = [light(a), light(b)].sort((one, other) => one - other);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const missing = [];
  let measured = 0;
  const controls = document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary");
  for (const control of controls) {
    if (control.tabIndex < 0 || control.disabled || !control.checkVisibility()) continue;
    control.focus({ preventScroll: true });
    if (document.activeElement !== control) continue;
    const isInItsLabel = control.matches(".visually-hidden") && control.labels.length;
    const shows = isInItsLabel ? control.labels[0] : control;
    const style = getComputedStyle(shows);
    const ring = parse(style.outlineColor).slice(0, 3);
    measured += 1;
    const isDrawn = style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 3;
    const isSeen = isDrawn && contrast(ring, behind(shows)) >= 3;
    if (!isSeen) missing.push(`${control.outerHTML.slice(0, 90)} ${style.outline}`);
  }
  return [measured, missing];
}"""

# Row after row is alike: of each list twelve are looked at.
SHORTENED = """() => {
  for (const list of document.querySelectorAll("main ul, main ol, main tbody")) {
    for (const row of [...list.children].slice(12)) row.remove();
  }
}"""

WIDER_THAN = """(width) => {
  const page = document.documentElement.scrollWidth;
  if (page <= width) return [];
  const right = (one) => one.getBoundingClientRect().right;
  return [...document.querySelectorAll("body *")]
    .filter((one) => right(one) > width + 1 && !one.closest(".skip"))
    .slice(-3)
    .map((one) => `${one.tagName}.${one.className} ${Math.round(right(one))}`)
    .concat(`page ${page}`);
}"""
