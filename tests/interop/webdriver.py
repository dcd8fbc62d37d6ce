"""Chromium without a display, driven by chromedriver (the W3C's WebDriver: JSON over HTTP)."""
import contextlib
import json
import os
import time
import urllib.error
import urllib.request

import rig as r

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference to an element (WebDriver, section 12.1)
SECONDS = 40  # for what a page does
# An element that is there for the eye, by selector and by a piece of its text.
VISIBLE = """const [selector, text] = arguments;
return [...document.querySelectorAll(selector)].find(e => e.getClientRects().length && (!text || e.textContent.includes(text))) || null;"""


class Refused(AssertionError):
    """An error that the driver reports."""


class Browser:
    def __init__(self, driver):
        self.base = driver
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,900", "--no-first-run"]
        asked = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}, "unhandledPromptBehavior": "accept"}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": asked}})
        self.base += "/session/" + session["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Refused(json.load(error)["value"]["message"].split("\n")[0]) from None

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, code, *arguments):
        """Runs the body of a function in the page (in the frame that is chosen), and returns what it returns."""
        return self.call("POST", "/execute/sync", {"script": code, "args": arguments})

    def until(self, expression, *arguments, what=None):
        """Waits until an expression of the page gives something true, and returns it."""
        def value():
            with contextlib.suppress(Refused):  # the page may be on its way to another
                return self.run("return " + expression, *arguments)

        return r.until(value, SECONDS, what or expression)

    def on(self, selector, action, body, text):
        """Does something with a visible element as soon as the page lets it be done."""
        def done():
            with contextlib.suppress(Refused):
                element = self.run(VISIBLE, selector, text)
                if element:
                    self.call("POST", f"/element/{element[ELEMENT]}/{action}", body)
                    return True

        r.until(done, SECONDS, f"{action} on {selector} {text}")

    def click(self, selector, text=""):
        self.on(selector, "click", {}, text)

    def write(self, selector, text):
        """Replaces what a field holds."""
        self.on(selector, "clear", {}, "")
        self.on(selector, "value", {"text": text}, "")

    @contextlib.contextmanager
    def frame(self, selector):
        """What is run, clicked and written in the block is so in a frame of the page."""
        self.call("POST", "/frame", {"id": self.until("document.querySelector(arguments[0])", selector)})
        try:
            yield
        finally:
            self.call("POST", "/frame", {"id": None})

    def forget(self):
        """Forgets who is logged in."""
        self.call("DELETE", "/cookie")


@contextlib.contextmanager
def chromium(rig):
    port = r.free_ports(1)[0]
    environment = dict(os.environ, HOME=rig.folder, XDG_CONFIG_HOME=rig.folder, XDG_CACHE_HOME=rig.folder, TMPDIR=rig.folder)
    with r.background(["chromedriver", f"--port={port}"], os.path.join(rig.folder, "chromedriver.log"), env=environment):
        rig.wait_for(port)
        browser = Browser(f"http://127.0.0.1:{port}")
        try:
            yield browser
        finally:
            browser.call("DELETE", "")
