"""A browser of the system and pages in it, each with eyes on its console.

What a page should show is not known here.
"""
import os
import re
import shutil
from contextlib import contextmanager

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# For anything that a page shows, in milliseconds: what happens is told within two seconds.
PATIENCE = 10_000


class Eyes:
    """Those that look at pages; what goes wrong on any of them is in `trouble`."""

    def __init__(self, browser, screenshots):
        self.browser, self.screenshots, self.trouble = browser, screenshots, []

    @contextmanager
    def page(self, size=DESKTOP, expected="", **settings):
        """A page of its own; what its console says is trouble unless it is expected."""
        context = self.browser.new_context(viewport=size, **settings)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)

        def complain(text):
            if not (expected and re.search(expected, text)):
                self.trouble.append(text)

        page.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
        page.on("pageerror", lambda error: complain(str(error)))
        page.on("dialog", lambda dialog: (complain(f"dialog: {dialog.message}"), dialog.dismiss()))
        try:
            yield page
        finally:
            context.close()

    def keep(self, page, name, whole=False):
        if self.screenshots:
            page.evaluate("() => scrollTo(0, 0)")
            page.screenshot(path=self.screenshots / f"{name}.png", full_page=whole)


def chromium():
    """The browser of the system; playwright's own where there is none."""
    found = (shutil.which(name) for name in [os.environ.get("CHROMIUM") or "chromium", *BROWSERS])
    return next(filter(None, found), None)
