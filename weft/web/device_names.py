"""What a browser says that it is, in words."""

import re

# The first that fits; browsers name others, whose pages they want to get, after themselves.
_BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"), (r"OPR/", "Opera"), (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"), (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"), (r"curl/|Wget/|python", "A program"),
)  # fmt: skip
_SYSTEMS = (
    (r"Android", "Android"), (r"iPhone", "iPhone"), (r"iPad", "iPad"), (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"), (r"Mac OS X|Macintosh", "Mac"), (r"Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str | None) -> str:
    """“Firefox on Linux”, as far as it is said."""
    text = user_agent or ""
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, text)), "A browser")
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, text)), None)
    return f"{browser} on {system}" if system else browser
