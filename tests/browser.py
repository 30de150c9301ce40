"""Debian's Chromium shows documents, without a network, and says what is wrong with them.

Driven by playwright, which is told where the browser is and downloads none; what is wrong is what axe-core finds, and what
does not fit into the width. The scripts for it run beside a document's own rules for scripts, which stay in force.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from playwright.sync_api import Page, Route

__all__ = ["CHROMIUM", "Scheme", "Window", "opened"]

Scheme = Literal["light", "dark"]
CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOST = "http://papers.test/"  # nobody's (RFC 6761): all that is asked of it is answered here
HEIGHT = 800
MEDIA_TYPES = {"css": "text/css", "html": "text/html"}
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")  # axe's tags of rules
# Violations, and what axe could not decide: an element of which it is not known whether it can be read is no pass.
FAULTS = """async ([levels, without]) => {
  const rules = Object.fromEntries(without.map(rule => [rule, {enabled: false}]))
  const found = await axe.run(document, {
    runOnly: levels, rules, preload: false, resultTypes: ["violations", "incomplete"],
  })
  return [...found.violations, ...found.incomplete].flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}: ${node.failureSummary ?? rule.help}`))
}"""
# Where a document can be moved sideways: the innermost elements that reach beyond its right edge.
SIDEWAYS = """() => {
  const room = document.scrollingElement.clientWidth, wide = document.scrollingElement.scrollWidth
  if (wide <= room) return []
  const beyond = [...document.body.querySelectorAll("*")].filter(one => one.getBoundingClientRect().right > room)
  const innermost = beyond.filter(one => !beyond.some(other => other !== one && one.contains(other)))
  return [`${wide} px in ${room}`, ...innermost.map(one => one.outerHTML.slice(0, 160))]
}"""
REACHED = """() => { const one = document.activeElement; return one.name || one.id || one.textContent.trim() }"""
# What the thing with the focus is called: by its label, its own words, or what stands for them.
FOCUSED = """() => { const one = document.activeElement
  if (one === document.body) return ""
  return [one.labels?.[0]?.innerText, one.getAttribute("aria-label"), one.innerText].filter(Boolean).join(" ") }"""
BACKGROUND = """() => [document.body, document.documentElement]
  .map(one => getComputedStyle(one).backgroundColor).find(colour => colour !== "rgba(0, 0, 0, 0)")"""


@cache
def axe_core() -> str:
    """The script, as the package bundles it."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@contextmanager
def opened() -> Iterator[Window]:
    """A window of a browser with a new profile, gone at the end with all its processes.

    Playwright keeps a loop running in this thread as long: no test of another kind should meet it.
    """
    with sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser:
        yield Window(browser.new_page())


class Window:
    """One window. `asked` are the paths that the latest document asked for, its own first; `complaints` what the browser
    printed about it, a breach of its `Content-Security-Policy` for one.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._documents: Mapping[str, str] = {}
        self._headers: dict[str, str] = {}
        self._site = ""  # what it may really ask, beside the documents
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.route("**/*", self._answer)

    def show(self, documents: Mapping[str, str], path: str, *, policy: str = "") -> None:
        """The document of that path, which may ask for the others and for nothing else."""
        self._documents = documents
        self._headers = {"Content-Security-Policy": policy} if policy else {}
        self.asked.clear()
        self.complaints.clear()
        self._page.goto(HOST + path)

    def visit(self, url: str) -> None:
        """A page of a server on this machine, and what that leads to there."""
        self._site = url[: url.index("/", len("http://"))]
        self.complaints.clear()
        self._page.goto(url)

    def press(self, *keys: str) -> None:
        """Keys of the keyboard, one after the other; a word of several letters that names no key is typed."""
        for key in keys:
            if len(key) > 1 and not key[:1].isupper():
                self._page.keyboard.type(key)
            else:
                self._page.keyboard.press(key)

    def tab_to(self, name: str) -> None:
        """Go forward by the tabulator until what has the focus is called so."""
        for _ in range(80):
            self._page.keyboard.press("Tab")
            if name in self._page.evaluate(FOCUSED):
                return
        raise AssertionError(f"no {name!r} can be reached by the keyboard on {self._page.url}")

    def enter(self) -> None:
        """Press the button, or follow the link, that has the focus; and wait for what it leads to."""
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")

    def heading(self) -> str:
        return self._page.inner_text("h1")

    def words(self) -> str:
        return self._page.inner_text("main")

    def _answer(self, route: Route) -> None:
        if self._site and route.request.url.startswith(f"{self._site}/"):
            route.continue_()
            return
        path = urlsplit(route.request.url).path.removeprefix("/")
        known = route.request.url.startswith(HOST) and path in self._documents
        self.asked.append(path if known else route.request.url)
        if known:
            media_type = f"{MEDIA_TYPES[path.rpartition('.')[2]]}; charset=utf-8"
            route.fulfill(body=self._documents[path], content_type=media_type, headers=self._headers)
        else:
            route.abort()

    def look(self, scheme: Scheme, width: int) -> None:
        self._page.set_viewport_size({"width": width, "height": HEIGHT})
        self._page.emulate_media(color_scheme=scheme)

    def faults(self, without: Collection[str] = ()) -> list[str]:
        """What axe-core finds by all its rules but these."""
        if self._page.evaluate("!window.axe"):
            self._page.evaluate(axe_core())
        return [str(fault) for fault in self._page.evaluate(FAULTS, [list(LEVELS), list(without)])]

    def sideways(self) -> list[str]:
        """Nothing, unless the document is wider than the window: then by how much, and what of it."""
        return [str(place) for place in self._page.evaluate(SIDEWAYS)]

    def background(self) -> str:
        """The colour behind the words, as the browser computed it."""
        return str(self._page.evaluate(BACKGROUND))

    def tabbed(self, times: int) -> list[str]:
        """What Tab reaches, one after the other: its name or id, else its words."""
        reached = []
        for _ in range(times):
            self._page.keyboard.press("Tab")
            reached.append(str(self._page.evaluate(REACHED)))
        return reached
