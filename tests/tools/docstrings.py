"""For `make docs`: in the site, too, each argument of a docstring begins a line of its own."""

import re

import griffe


class Arguments(griffe.Extension):
    def on_instance(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring:
            begins = r"(?m)(?:^|(?<=\. ))(?=[a-z_0-9]+(?:, [a-z_0-9]+)*: )"
            obj.docstring.value = re.sub(begins, "\n\n", obj.docstring.value)
