"""For `make docs`: samples of one thing in several languages become tabs, with the pages as arguments."""

import pathlib
import re
import sys

NAMES = {"c": "C", "cpp": "C++", "go": "Go", "python": "Python"}
SAMPLE = r"```(?:%s)\n(?:.*\n)*?```\n" % "|".join(NAMES)


def tab(sample: str) -> str:
    language = re.match(r"```(\w+)", sample)[1]
    lines = "".join(f"    {line}" if line.strip() else line for line in sample.splitlines(keepends=True))
    return f'=== "{NAMES[language]}"\n\n{lines}'


def tabs(samples: re.Match) -> str:
    return "\n".join(tab(sample) for sample in re.findall(SAMPLE, samples[0]))


for name in sys.argv[1:]:
    page = pathlib.Path(name)
    text = re.sub(rf"(?m)^{SAMPLE}(?:\n{SAMPLE})+", tabs, page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")
