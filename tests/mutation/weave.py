"""Puts mutants into source text, each of which is asleep unless its number is asked for.

cargo-mutants says what the mutants are (`cargo mutants --list --json`). It compiles the crate once for each of
them; here all are compiled at once, `a < b` as `(if crate::mutant::is(7) { (a) == (b) } else { (a) < (b) })`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_rust.language()))

#: What is appended to the crate's root. Asleep, each says once that a test reaches it.
MODULE = """
#[doc(hidden)]
pub mod mutant {
    use std::cell::Cell;
    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    static AWAKE: OnceLock<usize> = OnceLock::new();
    static TOLD: [AtomicBool; 1 << 16] = [const { AtomicBool::new(false) }; 1 << 16];

    thread_local! {
        static ASKS: Cell<bool> = const { Cell::new(false) };
    }

    pub fn is(number: usize) -> bool {
        // To ask takes memory, and the allocator may have a mutant, too.
        if ASKS.get() {
            return false;
        }
        let ask = || {
            ASKS.set(true);
            let named = std::env::var("FERRY_MUTANT").ok().and_then(|number| number.parse().ok());
            ASKS.set(false);
            named.unwrap_or(0)
        };
        let awake = *AWAKE.get_or_init(ask);
        if awake == 0 && !TOLD[number].load(Ordering::Relaxed) {
            tell(number);
        }
        awake == number
    }

    #[cold]
    fn tell(number: usize) {
        let Some(path) = std::env::var_os("FERRY_MUTANTS_REACHED") else { return };
        let Ok(mut file) = OpenOptions::new().append(true).create(true).open(path) else { return };
        // One write, for several processes tell.
        let is_told = file.write_all(format!("{number}\\n").as_bytes()).is_ok();
        TOLD[number].store(is_told, Ordering::Relaxed);
    }
}
"""


@dataclass(frozen=True)
class Mutant:
    number: int
    file: str
    #: FnValue, BinaryOperator, UnaryOperator, MatchArm, MatchArmGuard
    genre: str
    #: Bytes of the file.
    begin: int
    end: int
    replacement: str
    name: str


def offset(text: str, line: int, column: int) -> int:
    """The byte at which a line and a column, counted from 1 and in characters, begin."""
    lines = text.split("\n")
    before = sum(len(it.encode()) + 1 for it in lines[: line - 1])
    return before + len(lines[line - 1][: column - 1].encode())


def awake(mutant: Mutant) -> bytes:
    return b"crate::mutant::is(%d)" % mutant.number


class Weaver:
    """The text of a file with its mutants."""

    def __init__(self, source: bytes, mutants: Iterable[Mutant]) -> None:
        self.source = source
        self.at: dict[tuple[int, int], list[Mutant]] = defaultdict(list)
        for mutant in mutants:
            self.at[mutant.begin, mutant.end].append(mutant)
        #: Numbers of the mutants that are in the text.
        self.woven: set[int] = set()
        self.root = PARSER.parse(source).root_node
        #: Those in place of what a function does, by the function.
        self.values: dict[int, list[Mutant]] = defaultdict(list)
        for found in self.at.values():
            for mutant in (it for it in found if it.genre == "FnValue"):
                if function := self.function_around(mutant):
                    self.values[function.id].append(mutant)

    def function_around(self, mutant: Mutant) -> Node | None:
        node = self.root.descendant_for_byte_range(mutant.begin, mutant.end)
        while node and node.type != "function_item":
            node = node.parent
        return node

    def text(self) -> bytes:
        return self.render(self.root)

    def take(self, node: Node, *genres: str) -> list[Mutant]:
        found = [it for it in self.at.get((node.start_byte, node.end_byte), ()) if it.genre in genres]
        self.woven.update(it.number for it in found)
        return found

    def render(self, node: Node) -> bytes:
        match node.type:
            case "binary_expression" | "compound_assignment_expr":
                return self.operation(node)
            case "unary_expression":
                return self.unary(node)
            case "match_arm":
                return self.arm(node)
            case "function_item":
                return self.function(node)
        return self.children(node)

    def children(self, node: Node, instead: dict[int, bytes] | None = None) -> bytes:
        """The text of a node, with other text in place of some children."""
        parts = []
        at = node.start_byte
        for child in node.children:
            parts.append(self.source[at : child.start_byte])
            known = (instead or {}).get(child.id)
            parts.append(self.render(child) if known is None else known)
            at = child.end_byte
        parts.append(self.source[at : node.end_byte])
        return b"".join(parts)

    def operation(self, node: Node) -> bytes:
        left, operator, right = (node.child_by_field_name(it) for it in ("left", "operator", "right"))
        assert left and operator and right
        mutants = self.take(operator, "BinaryOperator")
        if not mutants:
            return self.children(node)
        sides = self.render(left), self.render(right)

        def with_operator(text: bytes) -> bytes:
            return b"{ (%s) %s (%s) }" % (sides[0], text, sides[1])

        ways = [b"if %s %s else " % (awake(it), with_operator(it.replacement.encode())) for it in mutants]
        own = with_operator(self.source[operator.start_byte : operator.end_byte])
        return b"(%s%s)" % (b"".join(ways), own)

    def unary(self, node: Node) -> bytes:
        operator, operand = node.children[0], node.children[-1]
        mutants = self.take(operator, "UnaryOperator")
        text = self.children(node)
        for mutant in mutants:
            text = b"(if %s { %s } else { %s })" % (awake(mutant), self.render(operand), text)
        return text

    def arm(self, node: Node) -> bytes:
        pattern = node.child_by_field_name("pattern")
        assert pattern
        removed = self.take(node, "MatchArm")
        guard = pattern.child_by_field_name("condition")
        decided = self.take(guard, "MatchArmGuard") if guard else []
        if not removed and not decided:
            return self.children(node)
        terms = [b"!%s" % awake(it) for it in removed]
        if guard:
            own = b"(%s)" % self.render(guard)
            for mutant in decided:
                way = b"(%s || %s)" if mutant.replacement == "true" else b"(!%s && %s)"
                own = way % (awake(mutant), own)
            terms.append(own)
            text = self.children(pattern, {guard.id: b" && ".join(terms)})
        else:
            text = self.children(pattern) + b" if " + b" && ".join(terms)
        return self.children(node, {pattern.id: text})

    def function(self, node: Node) -> bytes:
        body = node.child_by_field_name("body")
        if not body:
            return self.children(node)
        mutants = self.values[node.id]
        if not mutants:
            return self.children(node)
        self.woven.update(it.number for it in mutants)
        text = self.children(body)
        ways = b"".join(b" if %s { return %s; }" % (awake(it), it.replacement.encode()) for it in mutants)
        return self.children(node, {body.id: b"{" + ways + text[1:]})
