"""Hostile texts: for a terminal, a file format, a query, a path, a template or a spreadsheet."""

import unicodedata

from hypothesis import strategies as st

TO_TERMINALS = (
    "\x00\x07\x1b[2J\x9b\x7f\r\n\t",
    "\x1b]0;title\x07",
    "\x1b]52;c;cHduZWQ=\x07",
    "gepj\u202e.exe",
    "a\u2066b\u2069c\u2028d\u2029e",
    "Dana\U000e0041\U000e007f",
    "lone \ud83d surrogate",
    "[bold]Dana[/x] [link=https://evil.example]Wu[/link] :boom:",
)
TO_FORMATS = (
    *("a\r\nX-EVIL:1", "a\nX-EVIL:1", "\x00\x1b]0;x\x07", "END:VCARD\r\nBEGIN:VCARD", "END:VCARD"),
    *("\u2028\u2029\x85", "\ud800", "\ud83d\ude00", "\r", "\\", "\\n", '"', ";TYPE=x:", "\x00"),
)
TO_PROGRAMS = (
    *("'; DROP TABLE contact; --", '" OR 1=1', "%", "_", "Dana*", "NEAR(", "\\%", "x" * 70_000),
    *("../../etc/passwd", "/dev/null", "~", "-", "--help", "--", "$(reboot)", "`id`"),
    *("{}", "{0.__class__}", "{{ 7*7 }}", "{% include '/etc/passwd' %}", "%s%n", "{contact.name.__globals__}"),
    *('=HYPERLINK("https://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"),
    *("", " ", "0", "-1", "1e9", "9" * 5_000, "NaN", "٣", "１２", "2026-02-30", "10000-01-01", "999999999 days"),
    *("Wu, Dana <x@example.org>, Eve <eve@example.org>", "a@b\nBcc: eve@example.org", "javascript:alert(1)"),
)
TEXTS = (*TO_TERMINALS, *TO_FORMATS, *TO_PROGRAMS)

texts = st.sampled_from(TEXTS) | st.lists(st.sampled_from(TEXTS) | st.text(max_size=8), max_size=4).map("".join)
"""One hostile text, or several with any text between them."""


def drives_a_terminal(char: str) -> bool:
    """Whether Unicode calls a character a control, a separator, a bidirectional override, a tag or a surrogate."""
    overrides = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return (
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(char) in overrides
        or 0xE0000 <= ord(char) <= 0xE007F
    )


def raw(printed: str) -> set[str]:
    """The characters of a printed text that would control a terminal, except line ends and tabs."""
    return {char for char in printed if char not in "\n\t" and drives_a_terminal(char)}
