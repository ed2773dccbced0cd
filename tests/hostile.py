"""Text that would do something, if anything here let it: each by the name of what it tries.

All of it names the host `evil.example` or sets `window.__pwned`, so that one look at a page's
requests and elements tells whether any of it worked.
"""

#: The host that hostile text would have a browser ask.
EVIL = "evil.example"

#: What a spreadsheet would run, were it the beginning of a cell.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")

HTML = {
    "script": "<script>window.__pwned=1;alert(1)</script>",
    "image that fails": '<img src=x onerror="window.__pwned=1;alert(1)">',
    "image from elsewhere": "<img src='http://evil.example/x.png'>",
    "frame": "<iframe src='http://evil.example/frame'></iframe>",
    "style": "<style>body{display:none}</style>",
    "vector with a script": "<svg onload=window.__pwned=1><circle r=9 /></svg>",
    "breaking out": '"></textarea></p><script>window.__pwned=1</script>',
    "link that runs": "<a href='javascript:window.__pwned=1'>here</a>",
}

MARKDOWN = {
    "markdown image": "![x](http://evil.example/x.png)",
    "markdown link": "[click](http://evil.example/click)",
    "markdown script": "[click](javascript:window.__pwned=1)",
    "image by reference": "![x][y]\n\n[y]: http://evil.example/y.png",
    "angle autolink": "<http://evil.example/auto>",
    "bare autolink": "see http://evil.example/bare now",
    "bare www": "see www.evil.example/www now",
    "bare address": "write to me@evil.example now",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "heading": "# loud\n\n***very***",
    "code": "`code` and ```more```",
    "footnote": "so[^1]\n\n[^1]: http://evil.example/foot",
}

FORMULAS_OF_TEX = {
    "tex block": "$$\\frac{1}{2}$$",
    "tex inline": "costs $x^2$ dollars",
    "tex that loads": "$\\includegraphics{http://evil.example/t.png}$",
}

STREAMLIT = {
    "colour": ":red[blood]",
    "background": ":blue-background[sea]",
    "badge": ":green-badge[safe]",
    "icon": ":material/skull:",
    "small": ":small[print]",
    "emoji": ":smile: :streamlit:",
    "arrows": "a -> b <- c -- d >= e",
}

CONTROLS = {
    "nul": "a\x00b",
    "bell and escape": "a\x07\x1b[31mred\x1b[0m",
    "carriage return": "first\rsecond",
    "right to left override": "gpj.\u202eexe\u202c",
    "isolates": "\u2066a\u2069 \u2067b\u2069",
    "zero width": "in\u200bvis\u200dible\ufeff",
    "line separators": "one\u2028two\u2029three\x85four",
    "combining": "Z" + "\u0335\u0336\u0337" * 30,
}

SPREADSHEET = {
    "formula": '=HYPERLINK("http://evil.example","x")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "row of its own": "x\r=1+1,2\n=2+2",
    "quotes": '",=1+1,"',
    "apostrophe": "'=1+1",
}

MACHINES = {
    "sql": "'; DROP TABLE judgments;--",
    "sql or": '" OR 1=1 --',
    "path": "../../etc/passwd",
    "path of windows": "..\\..\\windows\\win.ini",
    "path with nul": "../../etc/passwd\x00.png",
    "format": "{0} {0.__class__} {name!r} {",
    "percent": "%s %d %(name)s %n",
    "dollar": "${x} #{x} {{7*7}} {% raw %}",
    "plotly": "%{x} %{customdata} <extra>",
    "json": '"}],{"a":null',
    "yaml": "- &a [*a]\n? !!python/object:os.system {x: y}\n%YAML 9",
    "words that are values": "null",
}

#: Everything but the huge one: short enough to stand in every title and label at once.
TEXTS = {
    **HTML,
    **MARKDOWN,
    **FORMULAS_OF_TEX,
    **STREAMLIT,
    **CONTROLS,
    **SPREADSHEET,
    **MACHINES,
}

#: A word that no line can hold.
HUGE = "W" * 100_000
LONG = "W" * 300


def named(*names: str) -> str:
    """These texts, one after the other."""
    return " ".join(TEXTS[name] for name in names)


#: A label's worth of everything that markdown, HTML and Streamlit would act upon.
LABEL = named(
    "image that fails", "markdown image", "markdown link", "bare autolink", "bare www",
    "tex inline", "colour", "icon", "small", "emoji", "arrows", "format",
    "right to left override", "percent",
)  # fmt: skip
