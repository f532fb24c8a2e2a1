"""Runs in an environment of its own, because these tools want older versions of what Weft uses.

python peer.py inputs            prints all inputs as JSON: {name: {"title": …, "examples": […]}}
python peer.py verify PORT       serves the verification of actors, in the current folder
"""

import json
import sys


def inputs() -> None:
    from fediverse_pasture_inputs import available

    found = {
        name: {"title": each.title, "examples": each.examples}
        for name, each in sorted(available.items())
    }
    sys.stdout.write(json.dumps(found, default=list))


def verify(port: int) -> None:
    from fediverse_pasture.verify_actor import build_app

    app = build_app(False, f"127.0.0.1:{port}", False, 20)
    app.run(host="127.0.0.1", port=port, use_reloader=False)


if __name__ == "__main__":
    if sys.argv[1] == "inputs":
        inputs()
    else:
        verify(int(sys.argv[2]))
