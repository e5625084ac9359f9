#!/usr/bin/env python3
"""Finds the forms of co_await that some compilers translate wrongly, above all g++ 12.

usage: await_forms.py [--references] ROOT

These are errors; the cure is always the same: give the part a name first.

  condition     co_await in the condition of if, while, do, switch or for, or inside a macro of
                GoogleTest or assert, which expands to one: may never end
  ternary       co_await in an operand of ?: - may destroy an object twice; or an object made in
                one, beside co_await: same; also where a text in quotes becomes one, c ? "a" : string
  lambda        a capturing lambda in the same full expression as co_await: same
  init-list     co_await inside { }, or a designated initialiser { .x = } beside co_await: same
  aggregate     f({...}) with braces that name no type, or a class without constructors (of the
                files that are read, or std::array) made beside co_await: same
  coroutine     a capturing lambda that is a coroutine: its captures die before its frame

With --references, the reference parameters of coroutines are listed too, which is no error: they
are right as long as the caller waits.

It reads tokens, not types: it also refuses some code that would be right.
"""

import pathlib
import re
import sys

TOKEN = re.compile(
    r"""
    (?P<skip>\s+ | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:[^\n\\]|\\.)* | \[\[[^\[\]]*\]\] )
  | (?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)")
  | (?P<text>(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*" | (?:u8|[uUL])?'(?:[^'\\\n]|\\.)+')
  | (?P<number>\.?\d(?:'?[\w.]|[eEpP][+-])*)
  | (?P<word>operator\s*(?:co_await|\(\)|\[\]) | [A-Za-z_]\w*)
  | (?P<sign>->|::|==|!=|<=|>=|&&|\|\||[+\-*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

CLOSING = {"(": ")", "[": "]", "{": "}"}
CONTROL = {"if", "while", "for", "switch"}
AWAITS = {"co_await", "co_return", "co_yield"}
SCOPES = {"namespace", "class", "struct", "union", "enum", "extern"}
MACRO = re.compile(r"(EXPECT|ASSERT)_[A-Z_]+$|assert$")


class Group:
    """A bracketed part. Its items are strings with their line, or groups."""

    def __init__(self, opening, line):
        self.opening = opening
        self.line = line
        self.items = []


class Word(str):
    line = 0


def parse(text):
    """The file as one tree of brackets."""
    root = Group("{", 1)
    open_groups = [root]
    line = 1
    for match in TOKEN.finditer(text):
        value = match.group()
        kind = match.lastgroup
        if kind in ("raw", "delimiter", "text"):
            value = "0" if value.endswith("'") else '""'
        if kind != "skip":
            if value in CLOSING:
                group = Group(value, line)
                open_groups[-1].items.append(group)
                open_groups.append(group)
            elif value in CLOSING.values():
                if len(open_groups) > 1:
                    open_groups.pop()
            else:
                word = Word(value)
                word.line = line
                open_groups[-1].items.append(word)
        line += match.group().count("\n")
    return root


def is_group(item, opening):
    return isinstance(item, Group) and item.opening == opening


def is_word(item):
    return isinstance(item, str) and (item[0].isalnum() or item[0] in '_"')


def is_introducer(items, i):
    """Is items[i], a [ ] group, the [captures] of a lambda?"""
    if not is_group(items[i], "["):
        return False
    if i == 0:
        return True
    before = items[i - 1]
    if before in ("&", "&&") and items[i + 1 : i + 2] in (["="], [":"]):
        return False  # auto& [a, b] = ...
    if is_word(before):
        return before in ("return", "case", "else", "do") or before in AWAITS
    return not (is_group(before, "(") or is_group(before, "[") or is_group(before, "{") or before == ">")


def lambda_of_body(items, i):
    """The [captures] group of the lambda whose body is items[i], or None."""
    angle = 0
    for k in range(i - 1, -1, -1):
        item = items[k]
        if is_group(item, "["):
            if is_introducer(items, k):
                return item
        elif is_group(item, "{"):
            return None
        elif item == ">":
            angle += 1
        elif item == "<":
            angle -= 1
        elif item in (";", "=", "return", "?", ":") or item in AWAITS or (item == "," and angle <= 0):
            return None
    return None


def is_block(items, i, start):
    """Is items[i], a { } group, a block of statements or members (and no initialiser)?"""
    if i == start:
        return True
    before = items[i - 1]
    if is_group(before, "(") or is_group(before, "{"):
        return True
    statement = items[start:i]
    if any(word in SCOPES for word in statement if isinstance(word, str)):
        return "=" not in statement and "return" not in statement
    if before in ("else", "do", "try", "const", "noexcept", "override", "final", "mutable", ":"):
        return True
    # auto f() -> type {
    arrows = [k for k in range(start, i) if items[k] == "->"]
    return bool(arrows) and is_group(items[arrows[-1] - 1], "(") and "=" not in statement and "(" not in statement


def flatten(items):
    """All words and groups of a full expression; bodies of lambdas are not part of it."""
    for i, item in enumerate(items):
        if is_group(item, "{") and lambda_of_body(items, i):
            continue
        yield items, i
        if isinstance(item, Group):
            yield from flatten(item.items)


def words(items):
    return (level[i] for level, i in flatten(items) if isinstance(level[i], str))


def awaits(items):
    return next((word for word in words(items) if word == "co_await"), None)


def segments(items):
    """The items of one level, cut where no operator ?: reaches across."""
    segment = []
    for item in items:
        if item in (",", ";", "=", "return", "co_return"):
            yield segment
            segment = []
        else:
            segment.append(item)
    yield segment


def aggregates(items):
    """The names of the classes without constructors that are defined here."""
    for i, item in enumerate(items):
        if item in ("struct", "class") and i + 2 < len(items) and is_word(items[i + 1]):
            name, body = items[i + 1], next(x for x in items[i + 2 :] if x != "final")
            if is_group(body, "{") and is_aggregate(item, name, body.items):
                yield str(name)
        if isinstance(item, Group):
            yield from aggregates(item.items)


def is_aggregate(keyword, name, members):
    if not members or (keyword == "class" and members[0] != "public"):
        return False
    if any(word in ("private", "protected", "virtual") for word in members if isinstance(word, str)):
        return False
    constructors = (
        member == name and is_group((members[k + 1 : k + 2] or [""])[0], "(") and members[k - 1 : k] != ["~"]
        for k, member in enumerate(members)
    )
    return not any(constructors)


def type_before(items, i):
    """The name of the type in `name{` or `name<...>{`, where items[i] is the { }; or None."""
    k = i - 1
    if k >= 0 and items[k] == ">":
        depth = 0
        while k >= 0:
            depth += {">": 1, "<": -1}.get(items[k], 0) if isinstance(items[k], str) else 0
            k -= 1
            if depth == 0:
                break
    return items[k] if k >= 0 and is_word(items[k]) else None


def makes_an_object(operands):
    """Is there a call, or a T{...}, among the operands of ?: ?"""
    return any(
        (is_group(item, "(") or is_group(item, "{")) and k > 0 and (is_word(operands[k - 1]) or operands[k - 1] == ">")
        for k, item in enumerate(operands)
    )


def converts_a_text(operands):
    """Is one of the operands of ?: a text in quotes and another not? Or is there a "text"s?"""
    parts = [split(part, "?")[-1] for part in split(operands, ":")]
    texts = [all(item == '""' for item in part) for part in parts]
    suffixed = any(
        item == '""' and is_word(following) and following != '""'
        for part in parts
        for item, following in zip(part, part[1:])
    )
    return suffixed or (any(texts) and not all(texts))


class Checker:
    def __init__(self, name, known_aggregates=()):
        self.name = name
        self.aggregates = {"array", *known_aggregates}
        self.complaints = []
        self.references = []

    def complain(self, line, what):
        self.complaints.append(f"{self.name}:{line}: {what}")

    def block(self, items):
        """Checks the statements of a block."""
        start = i = 0
        while i < len(items):
            item = items[i]
            if item in CONTROL and i + 1 < len(items):
                head = i + 1
                while head < len(items) and items[head] in ("constexpr", "consteval"):
                    head += 1
                if head < len(items) and is_group(items[head], "("):
                    self.condition(item, items[head])
                    start = i = head + 1
                    continue
            if item in ("else", "do", "try") and start == i:
                start = i = i + 1
            elif item == ";":
                self.statement(items[start:i])
                start = i = i + 1
            elif is_group(item, "{") and not lambda_of_body(items[start:], i - start) and is_block(items, i, start):
                self.signature(items[start:i], item)
                self.statement(items[start:i])
                self.block(item.items)
                start = i = i + 1
            else:
                i += 1
        self.statement(items[start:])

    def condition(self, keyword, group):
        items = group.items
        if keyword == "for":
            parts = split(items, ";")
            if len(parts) == 3:
                self.statement(parts[0])
                items = parts[1] + parts[2]
            else:
                self.statement(items)  # A range: for (auto x : co_await xs()) is right everywhere.
                return
        word = awaits(items)
        if word:
            self.complain(word.line, f"co_await in the condition of '{keyword}'")
        self.nested(items)

    def statement(self, items):
        """Checks one full expression, then what lies inside its lambdas."""
        word = awaits(items)
        if word:
            self.expression(items, word)
        self.nested(items)

    def expression(self, items, word):
        levels = [items]
        for level, i in flatten(items):
            item = level[i]
            if isinstance(item, Group):
                levels.append(item.items)
            if is_group(item, "[") and item.items and is_introducer(level, i):
                self.complain(item.line, "a capturing lambda beside co_await")
            if is_group(item, "{") and awaits(item.items):
                self.complain(item.line, "co_await inside { }")
            elif is_group(item, "{") and item.items and item.items[0] == ".":
                self.complain(item.line, "a designated initialiser beside co_await")
            elif is_group(item, "{") and type_before(level, i) in self.aggregates:
                self.complain(item.line, f"an aggregate, {type_before(level, i)}, made beside co_await")
            elif is_group(item, "("):
                for k, argument in enumerate(item.items):
                    if is_group(argument, "{") and (k == 0 or item.items[k - 1] == ",") and is_call(level, i):
                        if not awaits(argument.items) and argument.items[:1] != ["."]:
                            self.complain(argument.line, "braces that name no type beside co_await")
            if is_group(item, "(") and i > 0 and is_word(level[i - 1]) and MACRO.match(level[i - 1]):
                if awaits(item.items):
                    self.complain(item.line, f"co_await inside {level[i - 1]}(), which expands to a condition")
        for level in levels:
            for segment in segments(level):
                if "?" not in segment:
                    continue
                if awaits(segment):
                    self.complain(awaits(segment).line, "co_await in an operand of ?:")
                elif makes_an_object(segment[segment.index("?") + 1 :]):
                    self.complain(segment[segment.index("?")].line, "an object made in an operand of ?: beside co_await")
                elif converts_a_text(segment[segment.index("?") + 1 :]):
                    self.complain(segment[segment.index("?")].line, "a text converted in an operand of ?: beside co_await")

    def nested(self, items):
        """Checks the bodies of the lambdas in a full expression."""
        for i, item in enumerate(items):
            if not isinstance(item, Group):
                continue
            captures = lambda_of_body(items, i) if item.opening == "{" else None
            if captures is None:
                self.nested(item.items)
                continue
            if captures.items and is_coroutine(item):
                self.complain(captures.line, "a capturing lambda that is a coroutine")
            self.block(item.items)

    def signature(self, items, body):
        """Notes the reference parameters of a function that is a coroutine."""
        parameters = next((item for item in items if is_group(item, "(")), None)
        if parameters and is_coroutine(body) and any(w in ("&", "&&") for w in parameters.items):
            self.references.append(f"{self.name}:{parameters.line}: a coroutine takes a reference")


def is_call(items, i):
    """Is items[i], a ( ) group, the arguments of a call?"""
    return i > 0 and (is_word(items[i - 1]) or items[i - 1] == ">") and items[i - 1] not in CONTROL


def split(items, separator):
    parts = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def is_coroutine(body):
    return any(word in AWAITS for word in words(body.items))


def check_text(name, text, known_aggregates=()):
    checker = Checker(name, known_aggregates)
    checker.block(parse(text).items)
    return checker


def main():
    arguments = sys.argv[1:]
    show_references = "--references" in arguments
    arguments = [a for a in arguments if a != "--references"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    root = pathlib.Path(arguments[0]).resolve()
    complaints = []
    files = [f for top in ("src", "include", "tests", "examples") for f in sorted((root / top).rglob("*.[ch]pp"))]
    trees = {file: parse(file.read_text()).items for file in files}
    known_aggregates = {name for tree in trees.values() for name in aggregates(tree)}
    for file, tree in trees.items():
        checker = Checker(file.relative_to(root), known_aggregates)
        checker.block(tree)
        complaints += checker.complaints
        if show_references:
            for note in checker.references:
                print(note)
    if complaints:
        print(*complaints, sep="\n")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
