"""For `make docs`: in the site, too, each argument of a docstring begins a line, and its examples are code."""

import re

import griffe


class Arguments(griffe.Extension):
    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring:
            begins = r"(?m)(?:^|(?<=\. ))(?=[a-z_0-9]+(?:, [a-z_0-9]+)*: )"
            text = re.sub(begins, "\n\n", obj.docstring.value)
            example = r"(?m)^([ ]*)>>> .*(?:\n[ ]*\S.*)*"
            obj.docstring.value = re.sub(example, r"\1```pycon\n\g<0>\n\1```", text)
