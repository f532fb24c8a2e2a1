"""MFM and BBCode: what is meant, nothing that runs, and work that grows with the length only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.targets import STEPS_PER_CHARACTER, TARGETS
from weft.domain.markup import bbcode, mfm
from weft.domain.markup.bbcode import bbcode_to_html
from weft.domain.markup.links import Mentioned
from weft.domain.markup.mfm import Names, mfm_to_html

ANN = Names(
    {"ann": Mentioned("https://a.example/@ann", "ann")}, {"tag": "https://a.example/tags/tag"}
)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**b *i* c** _i_ __b o__ a_b_c", "<strong>b <em>i</em> c</strong> <em>i</em> <strong>b o</strong> a_b_c"),
        ("***big*** ~~s~~ <b>x</b> <i>y</i> <s>z</s> <small>w</small>",
         "<strong>big</strong> <del>s</del> <strong>x</strong> <em>y</em> <del>z</del> w"),
        ("`**c**` \\(a+b\\) <plain>**p** @ann</plain>", "<code>**c**</code> <code>a+b</code> **p** @ann"),
        ("$[spin.speed=2s,left a $[x2 **b**]] $[tada c\nd]", "a <strong>b</strong> c<br>d"),
        ("$[ruby 漢字 かな]", "<ruby>漢字<rp>(</rp><rt>かな</rt><rp>)</rp></ruby>"),
        ("$[ruby **漢** か]", "<ruby><strong>漢</strong><rp>(</rp><rt>か</rt><rp>)</rp></ruby>"),
        ("$[ruby a $[fg.color=f00 b]]", "<ruby>a <rp>(</rp><rt>b</rt><rp>)</rp></ruby>"),
        ("$[unixtime 1701356400] $[unixtime soon]", "2023-11-30 15:00 (UTC) soon"),
        ("$[nope.a=1 x] $[] $[x2]", "$[nope.a=1 x] $[] $[x2]"),
        ("**open $[x2 open ~~open", "**open $[x2 open ~~open"),
        ("**a $[x2 b** c]", "<strong>a $[x2 b</strong> c]"),
        (":a_b_c: 👍 :x", ":a_b_c: 👍 :x"),
        ("a*b*c 2 * 3", "a*b*c 2 * 3"),
        ("<center>\nmid\n</center>", "mid"),
        ("who is weft Search", "who is weft Search"),
        ("[a](javascript:x) <script>", "[a](javascript:x) &lt;script&gt;"),
    ],
)  # fmt: skip
def test_mfm_in_a_line(source: str, html: str) -> None:
    assert mfm_to_html(source) == f"<p>{html}</p>"


def test_mfm_names_and_links() -> None:
    html = mfm_to_html(
        "@ann @bob #tag #no [w **o**](https://b.example/(x)) ?[s](https://c.example)", ANN
    )
    assert html.count("<a ") == 4
    assert '<a href="https://a.example/@ann" class="u-url mention"' in html
    assert "@bob" in html
    assert 'href="https://a.example/tags/tag" class="mention hashtag"' in html
    assert ">w <strong>o</strong></a>" in html
    assert 'href="https://b.example/(x)"' in html
    assert "?[" not in html


def test_mfm_addresses_end_where_sentences_do() -> None:
    html = mfm_to_html("(https://a.example/b_(c)). <https://d.example/ü>")
    assert 'href="https://a.example/b_(c)"' in html
    assert 'href="https://d.example/ü"' in html
    assert html.startswith("<p>(")


def test_mfm_blocks() -> None:
    source = "> a\n>> b\n\nc\n\nd\n```py\n<x>\n```\n\\[ e \\]\nf"
    assert mfm_to_html(source) == (
        "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p><p>d</p>"
        "<pre><code>&lt;x&gt;</code></pre><p><code>e</code></p><p>f</p>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("[b]b [i]i[/i][/b] [u]u[/u] [s]s[/s] [B]c[/B]",
         "<p><strong>b <em>i</em></strong> <u>u</u> <del>s</del> <strong>c</strong></p>"),
        ("[size=20][color=red]r[/color][/size] [center]c[/center]", "<p>r c</p>"),
        ("[quote=Ann]a[/quote]\nb", "<blockquote><p>Ann:</p>a</blockquote><p>b</p>"),
        ("[list][*]a\n[*]b[/list]", "<ul><li>a</li><li>b</li></ul>"),
        ("[list=1]\n[*]a\n[/list]", "<ol><li>a</li></ol>"),
        ("[ol][li]a[/li][/ol]", "<ol><li>a</li></ol>"),
        ("[code]<b>\n[i][/code]", "<pre><code>&lt;b&gt;\n[i]</code></pre>"),
        ("[nobb][b]x[/b][/nobb] [nope]y[/nope] [b]open", "<p>[b]x[/b] [nope]y[/nope] [b]open</p>"),
        ("[b]a[i]b[/b]c[/i]", "<p><strong>a[i]b</strong>c[/i]</p>"),
        ("[url=javascript:x]y[/url] <b onclick=x>", "<p>y &lt;b onclick=x&gt;</p>"),
        ("[h1]T[/h1]", "<p><strong>T</strong></p>"),
        ("[email]a@b.example[/email] [spoiler=end]x[/spoiler]", "<p>a@b.example end x</p>"),
    ],
)  # fmt: skip
def test_bbcode(source: str, html: str) -> None:
    assert bbcode_to_html(source) == html


def test_bbcode_links() -> None:
    html = bbcode_to_html(
        "[url=https://a.example]w[b]o[/b][/url] [url]https://b.example[/url] @[url=https://c.example/p]ann[/url]"
        " [img=https://d.example/i.png]a cat[/img] [url=https://e.example][img]https://f.example/i[/img][/url]"
    )
    assert ">w<strong>o</strong></a>" in html
    assert 'href="https://b.example"' in html
    assert '@<a href="https://c.example/p"' in html
    assert (
        'href="https://d.example/i.png" target="_blank" rel="nofollow noopener">a cat</a>' in html
    )
    assert html.count("<a ") == 5


def test_bbcode_passes_posts_on_with_their_author() -> None:
    html = bbcode_to_html(
        "[share author='Bob' profile='https://b.example' link='https://b.example/1']hi[/share]"
    )
    assert html.startswith('<blockquote><p><a href="https://b.example/1"')
    assert html.endswith(">Bob</a>:</p>hi</blockquote>")


_MARKS = st.sampled_from(
    ["**", "***", "*", "_", "__", "~~", "`", "```\n", "$[", "$[ruby ", "$[x2 ", "]", "[", "](http://a.example)",
     "](", "<b>", "</b>", "<plain>", "</plain>", "<center>", "> ", ">", "\n", "\n\n", "\\(", "\\)", "\\[", "\\]", "@ann",
     "#tag", "#(", ":x:", "http://", "https://a.example/(", ")", " ", "a", "<script>", "onload=x", '"', "'", "&lt;",
     "[b]", "[/b]", "[quote=x]", "[/quote]", "[url=https://a.example]", "[/url]", "[url]", "[*]", "[list]", "[/list]",
     "[code]", "[/code]", "[img=https://a.example]", "[/img]", "[share author='", "\0", "漢"]
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(_MARKS, max_size=80).map("".join),
    st.tuples(st.lists(_MARKS, max_size=6).map("".join), st.integers(1, 400)).map(lambda each: each[0] * each[1]),
)  # fmt: skip


@pytest.mark.parametrize("name", ["mfm", "bbcode"])
@given(text=_TEXTS)
def test_nothing_runs_and_every_text_is_linear_work(name: str, text: str) -> None:
    TARGETS[name](text.encode())


@pytest.mark.parametrize(
    "piece", ["**", "$[x2 ", "[", "[a](http://(", "https://a(", "> ", ">", "`", "~~a", "<b>", ":a", "@a", "<http://a",
              "**$[x2 [<b>~~", "$[ruby a ", "\\(", "#(a", "```a\n", "\\[", "<plain>", "[b]", "[quote=a]", "[url]http://a",
              "[code]", "[*]", "[list][*]", "[share a='"],
)  # fmt: skip
def test_twice_the_text_is_twice_the_work(piece: str) -> None:
    once, twice = piece * 2000, piece * 4000
    for little, much in (
        (mfm.walk(once, ANN)[1], mfm.walk(twice, ANN)[1]),
        (bbcode.walk(once)[1], bbcode.walk(twice)[1]),
    ):
        assert much <= 2.2 * little + STEPS_PER_CHARACTER
