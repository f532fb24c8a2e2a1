"""The home page in a real browser at a telephone's width: signed in, written, read, with scripts and without."""

from pathlib import Path

import pytest

from tests.support.chromium import NO_CHROMIUM, Tab, chromium_path
from tests.support.servers import PASSWORD, WeftServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium_path() is None, reason=NO_CHROMIUM),
]
WIDTH = 360
"""CSS pixels: what a small telephone has."""


def fits(tab: Tab) -> bool:
    """Is nothing wider than the window?"""
    return bool(tab.run("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with_scripts", "without_scripts"])
def test_somebody_signs_in_and_posts_on_a_telephone(
    server: WeftServer, tab: Tab, tmp_path: Path, scripts: bool
) -> None:
    tab.look(WIDTH, 740)
    if not scripts:
        tab.do("Emulation.setScriptExecutionDisabled", value=True)

    tab.open(f"{server.origin}/")
    assert fits(tab)
    tab.picture(tmp_path / "front.png")
    tab.press('header a[href="/login"]')
    tab.wait_for("location.pathname == '/login' && document.readyState == 'complete'")
    assert fits(tab)
    tab.picture(tmp_path / "login.png")
    # What only a script can do is offered only where one runs.
    offered = "!document.querySelector('[data-passkey-part]').hidden"
    assert bool(tab.wait_for(offered) if scripts else tab.run(offered)) is scripts
    tab.fill(login="alice", password=PASSWORD)
    tab.press("main button.primary")
    tab.wait_for("document.querySelector('form[action=\"/logout\"]')")

    tab.open(f"{server.origin}/")
    assert "Nothing yet" in tab.text
    assert fits(tab)
    tab.picture(tmp_path / "home.png")
    tab.fill(text="Good morning from a telephone")
    tab.press("main form button.primary")
    tab.wait_for("document.readyState == 'complete' && document.querySelector('main article')")
    assert "Good morning from a telephone" in tab.text
    assert fits(tab)
    tab.picture(tmp_path / "posted.png")
    assert tab.complaints == []
