"""What a fuzzer starts from: the corpus that is shared beside the repository, and old findings."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fuzz.targets import FINDINGS

_ROOT = Path(__file__).parents[1]
_MOST_BYTES = 64 * 1024

PAGES = (
    "<p>Hello <a href='https://a.example/@b' class='mention u-url'>@<span>b</span></a></p>",
    "<h1>Title</h1><ol start=3 reversed><li value=2>one</ol><pre><code>x</code></pre>",
    "<math display=block><annotation encoding='application/x-tex'>x^2</annotation></math>",
    "<table><tr><td colspan=2><img src=https://a.example/i onerror=x>&#0;&#x3c;script></table>",
    "<a href=javascript:x><a href=data:text/html,x><svg><style><!--</style><img src=x>-->",
    "<div>" * 300 + "deep",
    "<ruby>漢<rp>(</rp><rt>kan</rt></ruby><del>x</del><span class='h-card invisible'>y</span>",
)

MFM = (
    "**bold *it* $[x2 big [l](https://a.example/b) ]** ~~s~~ <small>x</small> `c` \\(a+b\\)",
    "> quoted\n> > **twice\n\n```py\nx<1\n```\n\\[ a+b \\]\nwords Search\n<center>\nc\n</center>",
    "$[ruby 漢字 かな] $[unixtime 1701356400] $[fg.color=f00,x $[spin.speed=2s,left y]] $[nope z]",
    "@ann @ann@b.example #tag #(a)b :blob_cat: ?[silent](https://a.example) <https://a.example/ü>",
    "***big*** <b><i>x</b></i> <plain>**x** @ann</plain> __b o__ _i_ https://a.example/(x).",
    '[a](javascript:alert(1)) [b](https://a.example" onload=x) <script>alert(1)</script>',
    "$[x " * 30 + "**[<b>~~" * 30 + "]" * 10,
)
MARKDOWN = (
    "# Title\n\n**bold *it*** ~~s~~ `c` [l](https://a.example/b 'x') ![i](https://a.example/i.png)",
    "> quoted\n> > twice\n\n1. one\n2. two\n   - in\n\n```html\n<script>x</script>\n```\n\n---",
    "| a | b |\n|---|:-:|\n| 1 | `|` |\n\n<https://a.example/> https://b.example/(x). @ann #tag",
    "[a](javascript:alert(1)) [b](<data:text/html,x>) <img src=x onerror=y> &lt;script&gt; &#x3c;",
    '[r]: https://a.example/ "t"\n[x][r] [r] \\[no\\] a\\\nb  \nc <b onclick=x>y</b> <!-- z -->',
    "[" * 40 + "*_`" * 40 + "](https://a.example)" * 10,
)
BBCODE = (
    "[b]bold [i]it[/b][/i] [u]u[/u] [size=20][color=red]r[/color][/size] [quote=Ann]a\n\nb[/quote]",
    "[list=1][*]one\n[*]two[/list] [ul][li]a[/li][/ul] [code]x <y>[/code] [noparse][b][/noparse]",
    "[url=https://a.example]w[/url] [url]https://b.example[/url] [img=https://c.example/i]alt[/img]",
    "[share author='Bob' link='https://b.example/1']hi[/share] [table][tr][td]x[/td][/tr][/table]",
    "[url=javascript:x]y[/url] [url=https://a.example'\"onload=x]z[/url] [img]data:text/html,x[/img]",
    "[quote]" * 30 + "[b][url=https://a.example]" * 30 + "[/b]" * 10,
)


def seeds(target: str) -> Iterator[bytes]:
    """The inputs that one target starts from; without the shared corpus just our own."""
    folder = FINDINGS / target
    if folder.is_dir():
        yield from (each.read_bytes() for each in sorted(folder.iterdir()))
    corpus = Path(os.environ.get("WEFT_SHARED", _ROOT.parent / "shared")) / "corpus"
    if target == "sanitiser":
        for page in PAGES:
            yield from (bytes([number]) + page.encode() for number in range(4))
        yield from (b"\0" + each.encode() for each in _contents(corpus))
    elif target in {"mfm", "bbcode"}:
        yield from (each.encode() for each in (MFM if target == "mfm" else BBCODE))
    elif target == "markdown":
        for page in MARKDOWN:
            yield from (start + page.encode() for start in (b"\0", b"\xff"))
    elif target == "cavage":
        yield from _signatures(corpus, ("cavage.json",))
    elif target == "rfc9421":
        yield from _signatures(corpus, ("rfc9421.json", "rfc9421-fediverse.json"))
    else:
        yield from _documents(corpus, ("webfinger",) if target == "webfinger" else ("",))


def _documents(corpus: Path, names: tuple[str, ...]) -> Iterator[bytes]:
    for path in sorted(corpus.rglob("*.json")):
        if any(name in path.name for name in names) and path.stat().st_size <= _MOST_BYTES:
            yield path.read_bytes()


def _contents(corpus: Path) -> Iterator[str]:
    """The HTML in the documents."""
    for body in _documents(corpus, ("note", "create", "article", "post", "page")):
        try:
            document = json.loads(body)
        except ValueError:
            continue
        for each in (document, document.get("object")) if isinstance(document, dict) else ():
            if isinstance(each, dict) and isinstance(each.get("content"), str):
                yield each["content"]


def _signatures(corpus: Path, names: tuple[str, ...]) -> Iterator[bytes]:
    for name in names:
        path = corpus / "signatures" / name
        if path.is_file():
            for vector in json.loads(path.read_text())["vectors"]:
                if "url" in vector["message"]:
                    yield _as_lines(vector)


def _as_lines(vector: dict[str, Any]) -> bytes:
    """A vector in the form that the targets of signatures read."""
    message = vector["message"]
    if "signature_header" in vector:
        lines = [str(vector["signature_header"])]
    else:
        lines = [str(vector.get("signature_input")), str(vector.get("signature"))]
    parts = urlsplit(message["url"])
    lines += [f"{name}: {value}" for name, value in message["headers"]]
    lines += [
        f"method: {message['method']}",
        f"target: {parts.path or '/'}" + (f"?{parts.query}" if parts.query else ""),
        f"now: {vector.get('now', '')}",
    ]
    return ("\n".join(lines) + "\n\n" + (message["body"] or "")).encode("latin-1", "replace")


def words(target: str) -> list[str]:
    """What a mutation should know how to write: keys and types of documents, names, tags."""
    found: set[str] = set()
    for seed in seeds(target):
        try:
            _collect(json.loads(seed), found)
        except ValueError:
            continue
    if target in {"cavage", "rfc9421"}:
        found |= {"keyId=", "algorithm=", "headers=", "(created)", "(expires)", ";created=",
                  ";keyid=", ";expires=", "sig1=(", "@target-uri", "@query-param", ";bs", ";sf",
                  ";name=", "content-digest: sha-256=:", "digest: SHA-256=", "hs2019"}  # fmt: skip
    if target == "sanitiser":
        found |= {"<script>", "</p>", "<svg>", "<math>", "<template>", "javascript:", " onload=",
                  "<noscript>", "<style>", "<table>", "<a href=", "<!--", "]]>", "&#", "<h1>",
                  "<annotation encoding='application/x-tex'>", "<select>", "<plaintext>"}  # fmt: skip
    if target in {"mfm", "bbcode"}:
        found |= {"**", "***", "~~", "$[", "](http://", "]", "<plain>", "</b>", "\n> ", "```\n", "[/b]",
                  "[quote=", "[/quote]", "[url=", "[*]", "[list]", "[code]", "[/code]"}  # fmt: skip
    if target == "markdown":
        found |= {"**", "~~", "](", "![", "](<", "\n> ", "\n- ", "\n1. ", "```\n", "\n|-|-|\n", " | ", "\\",
                  "]: ", "<https://", "javascript:", "&#x", "&lt;", "@ann", "#tag", "\n---\n"}  # fmt: skip
    return sorted(found)


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            if len(key) < 60:
                found.add(json.dumps(key) + ":")
            if key in {"type", "@context"} and isinstance(each, str):
                found.add(json.dumps(each))
            _collect(each, found)
    elif isinstance(value, list):
        for each in value:
            _collect(each, found)
