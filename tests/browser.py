"""Owns a headless Chromium for tests, driven over a pipe with its DevTools protocol: no driver, no further package.

with Browser() as browser:
    browser.open(url)
    browser.wait_for("document.title == 'x'")       # in whatever frame it comes true
    png = browser.screenshot()
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

__all__ = ["Browser", "chromium"]

_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe "
    "--disable-features=DialMediaRouteProvider,OptimizationHints --no-default-browser-check --lang=zh-CN"
).split()


def chromium() -> str:
    """Return the path of Chromium; without one the test fails where it must run, and is skipped elsewhere."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        message = "no Chromium: `make browser` installs it, with fonts for Han"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


class Browser:
    """One browser with one page; use as a context manager."""

    def __init__(self, width: int = 1000, height: int = 800) -> None:
        """Size the window, in pixels."""
        self._size = width, height
        self._folder = tempfile.mkdtemp(prefix="browser-")
        self._number = 0
        self._waiting = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._contexts: dict[tuple[str, int], str] = {}
        self.requested: list[str] = []
        """Addresses that went, or tried to go, to the network or a worker."""
        self.blocked: list[str] = []
        """Addresses that a policy kept from loading."""
        self.console: list[str] = []

    def __enter__(self) -> Self:
        """Start it."""
        program = chromium()
        (their_in, self._out), (self._in, their_out) = os.pipe(), os.pipe()
        width, height = self._size
        arguments = [
            program,
            *_FLAGS,
            f"--user-data-dir={self._folder}",
            f"--window-size={width},{height}",
            "about:blank",
        ]
        # The browser reads commands from descriptor 3 and writes to 4, wherever the pipes happened to open.
        shell = f'exec "$@" 3<&{their_in} 4>&{their_out}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "browser", *arguments],
            pass_fds=(their_in, their_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(their_in)
        os.close(their_out)
        target = next(t for t in self._call("Target.getTargets")["targetInfos"] if t["type"] == "page")["targetId"]
        self._page = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._enable(self._page)
        self._call("Page.enable", self._page)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it with all its processes, which are a group of their own."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(self, url: str) -> None:
        """Begin to load `url`."""
        self._call("Page.navigate", self._page, url=url)

    def resize(self, width: int, height: int) -> None:
        """Show the page as on a screen of this size, in pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self._call("Emulation.setDeviceMetricsOverride", self._page, **size)

    def wait_for(self, expression: str, *, timeout_s: float = 20) -> str:
        """Wait until `expression` is true in some frame, and return that frame's address."""
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            self._read(0.1)
            for (session, context), _ in list(self._contexts.items()):
                answer = self._evaluate(session, context, f"!!({expression}) && location.href")
                if answer:
                    return str(answer)
        raise AssertionError(f"never came true: {expression}\n{self.frames()}\n{self.console[-10:]}")

    def value(self, expression: str, frame: str) -> Any:
        """Return what `expression` gives in the frame whose address holds `frame`."""
        for session, context in list(self._contexts):
            if frame in str(self._evaluate(session, context, "location.href")):
                return self._evaluate(session, context, expression)
        raise AssertionError(f"no frame {frame}: {self.frames()}")

    def frames(self) -> list[str]:
        """Return the addresses of all frames."""
        return [str(self._evaluate(session, context, "location.href")) for session, context in list(self._contexts)]

    def settle(self, quiet_s: float = 0.5) -> None:
        """Let events come in until none did for `quiet_s`."""
        while self._read(quiet_s):
            pass

    def screenshot(self, clip: tuple[int, int, int, int] | None = None) -> bytes:
        """Return what the page looks like, PNG; `clip` is x, y, width, height. The same pixels give the same bytes."""
        x, y, width, height = clip or (0, 0, *self._size)
        part = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        answer = self._call("Page.captureScreenshot", self._page, format="png", clip=part)
        return base64.b64decode(answer["data"])

    def save(self, path: Path) -> None:
        """Write a screenshot."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.screenshot())

    # --- the protocol ----------------------------------------------------------------------------

    def _enable(self, session: str) -> None:
        self._call("Runtime.enable", session)
        self._call("Network.enable", session)
        self._call("Log.enable", session)
        self._call("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True)

    def _evaluate(self, session: str, context: int, expression: str) -> Any:
        answer = self._send(
            "Runtime.evaluate",
            session,
            expression=expression,
            contextId=context,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        return answer.get("result", {}).get("result", {}).get("value")

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        answer = self._send(method, session, **parameters)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _send(self, method: str, session: str | None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        give_up = time.monotonic() + 20
        while number not in self._answers:
            assert time.monotonic() < give_up, f"{method}: no answer"
            self._read(1)
        return self._answers.pop(number)

    def _read(self, timeout_s: float) -> bool:
        """Take in what the browser says; whether it said anything."""
        if not select.select([self._in], [], [], timeout_s)[0]:
            return False
        piece = os.read(self._in, 1 << 20)
        assert piece, "the browser is gone"
        *messages, self._waiting = (self._waiting + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self._note(message["method"], message.get("sessionId", ""), message["params"])
        return True

    def _note(self, method: str, session: str, said: dict[str, Any]) -> None:
        if method == "Runtime.executionContextCreated":
            context = said["context"]
            if context.get("auxData", {}).get("isDefault"):
                self._contexts[session, context["id"]] = context["origin"]
        elif method == "Runtime.executionContextDestroyed":
            self._contexts.pop((session, said["executionContextId"]), None)
        elif method == "Runtime.executionContextsCleared":
            self._contexts = {key: origin for key, origin in self._contexts.items() if key[0] != session}
        elif method == "Target.attachedToTarget":
            self._adopt(said["sessionId"])
        elif method == "Network.requestWillBeSent":
            self.requested.append(said["request"]["url"])
        elif method == "Network.loadingFailed" and said.get("blockedReason"):
            self.blocked.append(said["blockedReason"])
        elif method == "Log.entryAdded":
            self.console.append(said["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(said["exceptionDetails"].get("exception", {}).get("description")))

    def _adopt(self, session: str) -> None:
        """Listen to a frame or worker in a process of its own; without waiting, for it may be gone already."""
        for method in ("Runtime.enable", "Network.enable", "Log.enable"):
            self._number += 1
            message = {"id": -self._number, "method": method, "params": {}, "sessionId": session}
            os.write(self._out, json.dumps(message).encode() + b"\0")
