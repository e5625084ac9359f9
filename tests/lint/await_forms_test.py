#!/usr/bin/env python3
"""await_forms.py refuses each bad form, once and with its line, and leaves good code alone."""

import unittest

from await_forms import aggregates, check_text, parse

# The line marked HERE is the one that must be named; the words say what is wrong with it.
BAD = {
    "if (co_await f()) { // HERE": "condition of 'if'",
    "if (auto x = co_await f(); x) { } // HERE": "condition of 'if'",
    "if constexpr (a) { while (co_await f()) {} } // HERE": "condition of 'while'",
    "do { g(); } while (co_await f()); // HERE": "condition of 'while'",
    "for (int i = 0; i < co_await f(); ++i) g(); // HERE": "condition of 'for'",
    "switch (g(co_await f())) { default: } // HERE": "condition of 'switch'",
    "if (a) g();\nelse if (co_await f()) g(); // HERE": "condition of 'if'",
    "auto x = c ? co_await f() : 1; // HERE": "operand of ?:",
    "int x = g(c ? T{} :\n co_await f()); // HERE": "operand of ?:",
    "co_return co_await f() ? 1 : 2; // HERE": "operand of ?:",
    "co_await f([x] { return x; }); // HERE": "capturing lambda beside",
    "co_await f(1,\n [this](int a) -> std::pair<int, int> { return g(a); }); // HERE": "capturing lambda beside",
    "auto t = [&] { return f(); }, u = co_await f(); // HERE": "capturing lambda beside",
    "Agg a{co_await f(), co_await f()}; // HERE": "inside { }",
    "co_await connect({.host = name}); // HERE": "designated initialiser",
    "co_await connect({name, 80}); // HERE": "braces that name no type",
    "auto x = co_await wait_for(f(1,\n {}), 5); // HERE": "braces that name no type",
    "co_await connect(Plain{name}); // HERE": "an aggregate, Plain,",
    "co_await f(std::array<Point<int>, 2>{a, b}); // HERE": "an aggregate, array,",
    "co_await f(c ? Object{1} : Object{2}); // HERE": "an object made in an operand of ?:",
    "auto x = co_await f(c ? make<int>(1) : other); // HERE": "an object made in an operand of ?:",
    'co_await f(c ? "none" : name); // HERE': "a text converted in an operand of ?:",
    'auto x = co_await f(1, c ? a.name : R"(none)"); // HERE': "a text converted in an operand of ?:",
    'co_await f(c ? "a" : d ? "b" : name); // HERE': "a text converted in an operand of ?:",
    'co_await f(c ? "a"s : name); // HERE': "a text converted in an operand of ?:",
    'co_await f(c ? "a"s : "b"s); // HERE': "a text converted in an operand of ?:",
    "EXPECT_EQ(co_await f(), 3); // HERE": "EXPECT_EQ()",
    "assert(co_await f()); // HERE": "assert()",
    "auto t = [x]() -> Coroutine<> { co_await g(x); }; // HERE": "lambda that is a coroutine",
    "run([&x] { return [] { return [=]() -> Coroutine<> { // HERE\n co_return; }; }(); });": "lambda that is a coroutine",
    "loop.call([](int a) -> Coroutine<int> {\n if (co_await g(a)) // HERE\n { co_return 1; } }(3));": "condition of 'if'",
}

GOOD = """
    const bool ready = co_await f();
    if (ready) { co_await f(); } else co_await g();
    co_await f();
    co_return co_await f();
    auto [a, b] = co_await f();
    auto x = co_await sleep_ms(fast ? 5 : 10'000);
    for (auto y = co_await f(); y < 3; ++y) {}
    for (auto z : co_await f()) { use(z); }
    auto t = create_task([](int n) -> Coroutine<> { co_await sleep_ms(n); }(3));
    auto less = [k](int a) { return a < k; };  co_await f(less);
    array[i] = co_await f();
    table[g(i)][2] = co_await f(T{1, 2});
    [[maybe_unused]] auto v = co_await f();
    // if (co_await f()) {}
    /* auto t = [x] { co_await g(x); }; */
    log("if (co_await f())", 'c', R"(while (co_await f()) [x])");
    int c = yes ? 1 : 2; co_await f();
    std::function<int(int)> h = [x](int q) { return q ? x : 2; };
    EXPECT_EQ(ready, true); co_await f();
    try { co_await f(); } catch (const Error& e) { co_return; }
    switch (kind) { case 1: co_await f(); break; default: co_return; }
    while (true) co_await f();
    do { co_await f(); } while (more);
    const Options options{.host = name}; co_await f(options);
    const Plain plain{name}; co_await f(plain);
    co_await f(Options{1}, std::vector<int>(3, 1), std::pair<int, int>{1, 2});
    const auto& [a, b] = co_await f();
    for (auto& [key, value] : co_await f()) {}
    co_await f(size(x) < 3 ? a.b : Kind::other);
    co_await f(c ? "yes" : "no"); co_await f(c ? "a" : d ? "b" "c" : "d");
    co_await f(c ? 'a' : letter); co_await f(c ? L'a' : L'b');
    co_await f([](int n) { return n; });
    auto lock = co_await door.scoped();
"""


def in_function(text):
    return "namespace a {\nstruct S : B {\nCoroutine<> run() const\n{\n" + text + "\n}\nint x_ = 0;\n};\n}  // namespace a\n"


class AwaitForms(unittest.TestCase):
    def test_each_bad_form_is_found_once_and_on_its_line(self):
        for text, expected in BAD.items():
            with self.subTest(text):
                whole = in_function(text)
                line = whole[: whole.index("HERE")].count("\n") + 1
                complaints = check_text("file", whole, {"Plain"}).complaints
                self.assertEqual(len(complaints), 1, complaints)
                self.assertTrue(complaints[0].startswith(f"file:{line}: "), complaints)
                self.assertIn(expected, complaints[0])

    def test_good_code_is_left_alone(self):
        for line in GOOD.splitlines():
            with self.subTest(line):
                self.assertEqual(check_text("file", in_function(line), {"Plain"}).complaints, [])
        self.assertEqual(check_text("file", in_function(GOOD), {"Plain"}).complaints, [])

    def test_aggregates_are_the_classes_without_constructors_and_private_members(self):
        text = """
            struct Plain { int a = 1; Other b; int f() const { return a; } ~Plain(); };
            class Open final { public: std::string s; };
            struct Made { explicit Made(int a); int a; };
            class Closed { int a; };
            class Late { public: int a() const; private: int a_; };
            struct Base { virtual ~Base() = default; };
            enum class Kind { one };
            struct Outer { struct Inner { int a; }; Outer(); };
        """
        self.assertEqual(set(aggregates(parse(text).items)), {"Plain", "Open", "Inner"})

    def test_reference_parameters_of_coroutines_are_only_noted(self):
        text = "Coroutine<> f(int& a)\n{\n co_await g(a);\n}\nint h(int& a) { return a; }\n"
        checker = check_text("file", text)
        self.assertEqual(checker.complaints, [])
        self.assertEqual(len(checker.references), 1)


if __name__ == "__main__":
    unittest.main()
