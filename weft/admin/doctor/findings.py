"""What a check finds, and how checks are kept within their time."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar, cast

from msgspec import Struct

T = TypeVar("T")

State = Literal["ok", "warning", "broken", "skipped"]


class Finding(Struct, frozen=True):
    """One thing that was looked at. ``mend`` is what to do when it is not well."""

    check: str
    state: State
    says: str
    mend: str = ""


def ok(check: str, says: str) -> Finding:
    return Finding(check, "ok", says)


def warning(check: str, says: str, mend: str) -> Finding:
    return Finding(check, "warning", says, mend)


def broken(check: str, says: str, mend: str) -> Finding:
    return Finding(check, "broken", says, mend)


def skipped(check: str, says: str) -> Finding:
    return Finding(check, "skipped", says)


Check = Callable[[], Awaitable[list[Finding]]]


async def within(check: str, seconds: float, look: Check) -> list[Finding]:
    """What ``look`` finds; a finding of its own when it takes too long or fails itself."""
    try:
        async with asyncio.timeout(seconds):
            return await look()
    except TimeoutError:
        return [
            broken(check, f"gave no answer within {seconds:.0f} seconds.", "Try again; if it stays"
                   " so, look at the load of the machine and of the network.")
        ]  # fmt: skip
    except Exception as error:  # one check that fails must not hide the others
        return [
            broken(check, f"could not be looked at ({type(error).__name__}: {error}).",
                   "This is a fault of weft doctor: please report it.")
        ]  # fmt: skip


async def in_thread(fn: Callable[[], T]) -> T:
    """Run a call that may hang (DNS) in a thread that does not keep the process from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast(T, result))

    def run() -> None:
        result, error = None, None
        try:
            result = fn()
        except Exception as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(deliver, result, error)
        except RuntimeError:
            return  # nobody waits any more

    threading.Thread(target=run, name="weft-doctor", daemon=True).start()
    return await future
