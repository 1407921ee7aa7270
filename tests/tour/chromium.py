"""A browser without a window, spoken to through two pipes, as its developer tools do."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
COMPLAINTS = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Network.loadingFailed")
PATIENCE = 60.0  # seconds for an answer
DEAD_END = "http://127.0.0.1:9"  # where nothing listens: what leaves the machine has to pass through it, and fails


class Page:
    """A page in a browser: what it asked for, what it complained about, and what can be asked of it."""

    def __init__(self, to, of):
        self._to, self._of, self._left, self._number = to, of, b"", 0
        self._session = None
        self.requests, self.complaints, self._loaded = [], [], False
        target = self("Target.createTarget", url="about:blank")["targetId"]
        self._session = self("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self(f"{domain}.enable")

    def __call__(self, method, **parameters):
        """Do something, and return what came of it."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self):
        while b"\0" not in self._left:
            assert select.select([self._of], [], [], PATIENCE)[0], "the browser does not answer"
            self._left += os.read(self._of, 1 << 16)
        message, _, self._left = self._left.partition(b"\0")
        message = json.loads(message)
        self._note(message.get("method"), message.get("params"))
        return message

    def _note(self, method, told):
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method in COMPLAINTS:
            self.complaints.append(told)
        elif method == "Page.loadEventFired":
            self._loaded = True

    def open(self, url, width, theme):
        """Open a page on paper of this width, light or dark."""
        self._loaded, self.requests, self.complaints = False, [], []
        self("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self("Page.navigate", url=url)
        while not self._loaded:
            self._next()

    def ask(self, expression):
        """The value of a JavaScript expression."""
        answer = self("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self):
        """End the browser."""
        self._session = None
        self("Browser.close")

    def picture(self, path, clip=None):
        """Keep what is seen, from the top of the page to its end, or a part of it."""
        more = (
            {} if clip is None else {"clip": dict(zip(("x", "y", "width", "height"), clip, strict=True)) | {"scale": 1}}
        )
        told = self("Page.captureScreenshot", captureBeyondViewport=True, **more)
        path.write_bytes(base64.b64decode(told["data"]))


@contextlib.contextmanager
def browser(folder):
    """A context with a new browser that can reach nothing but files, and its only page; `folder` is to work in."""
    questions, answers = folder / "questions", folder / "answers"
    os.mkfifo(questions)
    os.mkfifo(answers)
    ends = [os.open(pipe, os.O_RDWR) for pipe in (questions, answers)]  # for both ways, so that nobody waits to open it
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += ["--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", f"--proxy-server={DEAD_END}"]
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" 3< "$0/questions" 4> "$0/answers"', folder, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = Page(*ends)
        yield page
        page.close()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        for end in ends:
            os.close(end)
