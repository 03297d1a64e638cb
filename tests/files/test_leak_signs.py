"""What signs look for first keeps none of their matches away."""

from __future__ import annotations

import ast
from pathlib import Path

from bot.files.leak_signs import SIGNS

FOLDER = Path(__file__).parent
TEXTS = {
    node.value
    for name in ("test_leaks.py", "../services/checks/test_lint.py")
    for node in ast.walk(ast.parse((FOLDER / name).read_text()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
"""The cases of other tests."""

MORE = {
    "[words][1] and %s, %@",
    "<<<<<<< ours\nA\n=======\nB\n>>>>>>> theirs",
    "// a note\n%% another",
    "TO-DO: \u017fign, Black \u212aite.JPG, NOT FOR PUBLICATION, Не публиковать! НЕ ПУБЛІКАВАЦЬ",
    "Draft 2: words\nTWEET 3: YOUR LINK HERE, DD.MM.YYYY, xx.xx, Translator's Note",
    "Lorem Ipsum, Dolor Sit Amet, consectetur adipiscing; C:\\Users\\a, file:///a, http:/a.org, htps://a.org",
}


def test_what_is_looked_for_first_keeps_no_match_away() -> None:
    matched = set()
    for text in TEXTS | MORE:
        for sign in SIGNS:
            found = [match.span() for match in sign.pattern.compiled.finditer(text)]
            assert [match.span() for match in sign.matches(text, text.casefold())] == found, (sign.pattern, text)
            matched |= {sign.pattern} if found else set()
    assert [sign.what for sign in SIGNS if sign.pattern not in matched] == []
