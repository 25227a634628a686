"""A headless Chromium that a test looks through: the protocol of its developer tools over a pipe.

Standard library only. Chromium reads file descriptor 3 and writes 4, one JSON message after another with
a zero byte between (--remote-debugging-pipe); a page is asked by its session.
Source: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Of one answer of the browser; generous, for it only ends tests that fail.
PATIENCE_S = 120

# Of each text, the contrast of its colour against the first ground behind it that is not transparent.
_CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = parse(c).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const solid = c => { const p = parse(c); return c.startsWith('rgb') && (p.length < 4 || p[3] === 1); };
  const worst = [];
  for (const e of document.querySelectorAll(SELECTOR)) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
    if (e.closest('svg, :disabled, option')) continue;
    let at = e;
    while (at.parentElement && !solid(getComputedStyle(at).backgroundColor)) at = at.parentElement;
    const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(at).backgroundColor)];
    worst.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.slice(0, 40)]);
  }
  return worst.sort((a, b) => a[0] - b[0])[0];
})()"""


class Browser:
    """One page. `requests` has the address of everything that it asked for."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise RuntimeError(f"none of {', '.join(NAMES)} is installed: run `scripts/setup.sh browser`")
        self._home = tempfile.TemporaryDirectory(prefix="yixin_browser_", ignore_cleanup_errors=True)
        from_test, to_browser = os.pipe()
        from_browser, to_test = os.pipe()

        def take_pipes():
            # Above 4 first: one of them may be where another has to go.
            reads, writes = os.dup(os.dup(os.dup(from_test))), os.dup(os.dup(os.dup(to_test)))
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        self._process = subprocess.Popen(
            [
                program,
                "--headless",
                "--remote-debugging-pipe",
                "--no-sandbox",  # it refuses to start as root with one
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--no-first-run",
                f"--user-data-dir={self._home.name}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._home.name},
            close_fds=False,
            preexec_fn=take_pipes,
        )
        os.close(from_test)
        os.close(to_test)
        self._writes, self._reads = to_browser, from_browser
        self._left = b""
        self._number = 0
        self._session = None
        self.requests = []
        self.errors = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._writes)
        os.close(self._reads)
        self._home.cleanup()

    def call(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writes, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda seen: seen.get("id") == self._number, method)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, path):
        """A file, or an address."""
        self.requests.clear()
        self.errors.clear()
        self.call("Page.navigate", url=path if isinstance(path, str) else path.as_uri())
        self._wait(lambda seen: seen.get("method") == "Page.loadEventFired", "loading")

    def reload(self):
        self.call("Page.reload")
        self._wait(lambda seen: seen.get("method") == "Page.loadEventFired", "loading")

    def ask(self, expression):
        """The value of a JavaScript expression in the page, awaited. It is run past the page's own policy."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise AssertionError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def until(self, expression):
        """Waits until the expression is true; an element is."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.ask(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"never true: {expression}; the page says: {self.ask('document.body.innerText'):.2000}")
            time.sleep(0.02)

    def worst_contrast(self, selector=".page *"):
        """Of all texts in sight: [ratio of WCAG 2.1, the text]."""
        return self.ask(_CONTRAST.replace("SELECTOR", json.dumps(selector)))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, code=0, modifiers=0):
        """modifiers: 8 is Shift. Enter and Tab are sent with what they type."""
        typed = {"Enter": "\r"}.get(key)
        more = {"text": typed} if typed else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, modifiers=modifiers, **(more if kind == "keyDown" else {}))

    def choose_file(self, selector, path):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def speak(self, languages):
        """What the browser says that its user reads: `zh-CN,zh`."""
        agent = self.call("Browser.getVersion")["userAgent"]
        self.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=languages)

    def download(self, selector, folder):
        """Presses what is to be a download into this empty folder: the whole file."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            # Its name is taken by an empty file while another is written.
            files = list(folder.iterdir())
            if len(files) == 1 and files[0].suffix != ".crdownload" and files[0].stat().st_size > 0:
                return files[0]
            time.sleep(0.02)
        raise AssertionError(f"no download of {selector}: {files}")

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)

    def prefer(self, scheme, media=""):
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def screenshot(self, path):
        got = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(got["data"]))

    def _wait(self, is_it, what):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            message = self._read(deadline, what)
            if message.get("method") == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            complains = message.get("method") == "Runtime.consoleAPICalled" and message["params"]["type"] in ("error", "warning", "assert")
            if complains or message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.errors.append(message["params"])
            if is_it(message):
                return message

    def _read(self, deadline, what):
        while b"\0" not in self._left:
            if not select.select([self._reads], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"the browser does not answer: {what}")
            got = os.read(self._reads, 1 << 16)
            if not got:
                raise AssertionError(f"the browser has left: {what}")
            self._left += got
        message, self._left = self._left.split(b"\0", 1)
        return json.loads(message)
