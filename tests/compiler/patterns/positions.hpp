// Where an await may stand.

RIGHT(statement, 3)
{
    co_await make(3);
    co_return 3;
}
RIGHT(statement_cast_to_void, 3)
{
    (void)co_await make(3);
    co_return 3;
}
RIGHT(initializer, 3)
{
    const Counted counted = co_await make(3);
    co_return counted.number();
}
RIGHT(initializer_auto, 3)
{
    auto counted = co_await make(3);
    co_return counted.number();
}
RIGHT(initializer_of_a_reference, 3)
{
    const Counted& counted = co_await make(3);
    co_await tick();
    co_return counted.number();
}
RIGHT(initializer_in_parentheses, 3)
{
    const Counted counted(co_await make(3));
    co_return counted.number();
}
RIGHT(initializer_of_an_optional, 3)
{
    const std::optional<Counted> counted = co_await make(3);
    co_return counted->number();
}
RIGHT(assignment, 4)
{
    Counted counted{3};
    counted = co_await make(4);
    co_return counted.number();
}
RIGHT(assignment_with_an_operator, 7)
{
    int value = 3;
    value += co_await by_value(Counted{4});
    co_return value;
}
RIGHT(assignment_to_an_element, 7)
{
    std::map<std::string, int> values;
    values["one"] = co_await by_value(Counted{3});
    values["two"] = co_await by_value(Counted{4});
    co_return values["one"] + values["two"];
}
RIGHT(assignment_through_a_pointer, 3)
{
    auto pointer = std::make_unique<Counted>(1);
    *pointer = co_await make(3);
    co_return pointer->number();
}
RIGHT(operand_of_co_return, 3) { co_return co_await by_value(Counted{3}); }
Coroutine<Counted> pass_on() { co_return co_await make(3); }
RIGHT(operand_of_co_return_that_is_an_object, 3)
{
    const Counted counted = co_await pass_on();
    co_return counted.number();
}
Coroutine<std::pair<Counted, Counted>> pair_in_braces()
{
    co_await tick();
    co_return {Counted{3}, Counted{4}};
}
RIGHT(operand_of_co_return_in_braces, 7)
{
    auto [one, two] = co_await pair_in_braces();
    co_return one.number() + two.number();
}
RIGHT(coroutine_that_is_named, 3)
{
    Coroutine<Counted> named = make(3);
    const Counted counted = co_await std::move(named);
    co_return counted.number();
}
RIGHT(coroutines_in_a_vector, 6)
{
    std::vector<Coroutine<int>> all;
    for (int i = 1; i <= 3; ++i) {
        all.push_back(by_value(Counted{i}));
    }
    int sum = 0;
    for (Coroutine<int>& one : all) {
        sum += co_await std::move(one);
    }
    co_return sum;
}
RIGHT(member_of_the_result, 3)
{
    const int value = (co_await make(3)).number();
    co_return value;
}
RIGHT(two_results_as_arguments, 7)
{
    const int value = sum(co_await make(3), co_await make(4));
    co_return value;
}
RIGHT(result_and_temporary_as_arguments, 7)
{
    const int value = sum(Counted{3}, co_await make(4));
    co_return value;
}
RIGHT(operands_of_plus, 75)
{
    const std::string all = co_await text("a") + co_await text("b") + "c";
    co_return static_cast<int>(all.size());
}
RIGHT(operands_of_and_or, 1)
{
    const Counted local{3};
    const bool value = co_await less(1, 2) && (co_await less(2, 1) || co_await less(1, 2));
    co_return value ? 1 : 0;
}
RIGHT(operands_of_a_comparison, 1)
{
    const bool value = (co_await make(3)).number() == (co_await make(3)).number();
    co_return value ? 1 : 0;
}
RIGHT(operand_of_not, 1)
{
    const Counted local{3};
    const bool value = !co_await less(2, 1);
    co_return value ? 1 : 0;
}
RIGHT(operand_of_a_cast, 3)
{
    const auto value = static_cast<long>(co_await by_value(Counted{3}));
    co_return static_cast<int>(value);
}
RIGHT(argument_of_emplace, 7)
{
    std::vector<Counted> all;
    all.emplace_back(co_await make(3));
    all.push_back(co_await make(4));
    co_return all[0].number() + all[1].number();
}
RIGHT(argument_of_make_unique, 3)
{
    const auto pointer = std::make_unique<Counted>(co_await make(3));
    co_return pointer->number();
}
RIGHT(structured_binding, 7)
{
    auto [one, two] = co_await make_two(3, 4);
    co_return one.number() + two.number();
}
RIGHT(structured_binding_of_a_reference, 7)
{
    const auto& [one, two] = co_await make_two(3, 4);
    co_await tick();
    co_return one.number() + two.number();
}
RIGHT(structured_binding_in_a_loop, 14)
{
    int sum = 0;
    for (int i = 0; i < 2; ++i) {
        auto [one, two] = co_await make_two(3, 4);
        co_await tick();
        sum += one.number() + two.number();
    }
    co_return sum;
}
RIGHT(condition_that_is_named, 1)
{
    const bool ready = co_await less(1, 2);
    if (ready) {
        co_return 1;
    }
    co_return 0;
}
RIGHT(loop_whose_condition_is_named, 3)
{
    int i = 0;
    for (;;) {
        const bool more = co_await less(i, 3);
        if (!more) {
            break;
        }
        ++i;
    }
    co_return i;
}
RIGHT(initializer_of_a_for, 6)
{
    int sum = 0;
    for (int i = co_await number(1); i < 4; ++i) {
        const Counted counted{i};
        co_await tick();
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(range_of_a_for, 6)
{
    int sum = 0;
    for (const Counted& counted : co_await make_many(3)) {
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(range_of_a_for_whose_body_waits, 6)
{
    int sum = 0;
    for (const Counted& counted : co_await make_many(3)) {
        co_await tick();
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(range_of_a_for_that_is_named, 6)
{
    int sum = 0;
    const std::vector<Counted> all = co_await make_many(3);
    for (const Counted& counted : all) {
        co_await tick();
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(range_of_a_for_with_an_initializer, 6)
{
    int sum = 0;
    for (const auto all = co_await make_many(3); const Counted& counted : all) {
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(branches, 3)
{
    if (yes()) {
        const Counted counted = co_await make(3);
        co_return counted.number();
    } else {
        co_return co_await number(4);
    }
}
RIGHT(branches_without_braces, 3)
{
    int value = 0;
    if (yes())
        value = co_await by_value(Counted{3});
    else
        value = co_await by_value(Counted{4});
    co_return value;
}
RIGHT(cases_of_a_switch, 3)
{
    const int kind = co_await number(1);
    switch (kind) {
        case 1: {
            const Counted counted = co_await make(3);
            co_return counted.number();
        }
        default: co_return co_await number(4);
    }
}
RIGHT(body_of_a_while, 6)
{
    int sum = 0;
    int i = 0;
    while (i < 3) {
        ++i;
        const Counted counted = co_await make(i);
        if (counted.number() == 2) {
            sum += 2;
            continue;
        }
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(break_with_locals_alive, 2)
{
    int i = 0;
    for (;;) {
        const Counted counted{++i};
        const Counted other = co_await make(i);
        if (other.number() == 2) {
            break;
        }
    }
    co_return i;
}
RIGHT(body_of_a_try, 3)
{
    try {
        const Counted counted = co_await make(3);
        co_return counted.number();
    } catch (const std::exception&) {
        co_return 0;
    }
}
RIGHT(exception_out_of_an_await, 3)
{
    const Counted local{4};
    try {
        const int never = co_await fail(Counted{3});
        co_return never;
    } catch (const std::runtime_error& error) {
        co_return std::stoi(error.what());
    }
}
RIGHT(exception_while_an_argument_is_alive, 3)
{
    try {
        const int never = sum(Counted{1}, Counted(co_await fail(Counted{3})));
        co_return never;
    } catch (const std::runtime_error& error) {
        co_return std::stoi(error.what());
    }
}
RIGHT(await_after_a_catch, 7)
{
    int error = 0;
    try {
        co_await fail(Counted{3});
    } catch (const std::runtime_error& caught) {
        error = std::stoi(caught.what());
    }
    const int more = co_await by_value(Counted{4});
    co_return error + more;
}
RIGHT(exception_of_a_parameter, 3)
{
    const auto thrower = [](Counted counted) -> Coroutine<int> {
        if (counted.number() == 3) {
            throw std::runtime_error{"3"};
        }
        co_return 0;
    };
    int value = 0;
    try {
        value = co_await thrower(Counted{3});
    } catch (const std::runtime_error&) {
        value = 3;
    }
    co_return value;
}
RIGHT(lambda_coroutine_without_captures, 3)
{
    const auto coroutine = [](Counted counted) -> Coroutine<int> {
        co_await tick();
        co_return counted.number();
    };
    const int value = co_await coroutine(Counted{3});
    co_return value;
}
RIGHT(lambda_that_returns_a_coroutine, 3)
{
    const Counted local{3};
    const auto starter = [local] { return by_value(local); };
    const int value = co_await starter();
    co_return value;
}
RIGHT(ternary_of_plain_values_in_an_argument, 3)
{
    const Counted local{3};
    const int value = co_await number(yes() ? 3 : 4);
    co_return value;
}
RIGHT(large_local_array, 3)
{
    std::array<char, 4096> bytes{};
    const Counted local{3};
    co_await tick();
    bytes[4095] = 3;
    co_await tick();
    co_return bytes[0] + bytes[4095];
}
RIGHT(deep_recursion, 55)
{
    class Recursive {
    public:
        static Coroutine<int> down(Counted counted)
        {
            const int here = counted.number();
            if (here == 0) {
                co_await tick();
                co_return 0;
            }
            const int below = co_await down(Counted{here - 1});
            co_return here + below;
        }
    };
    const int value = co_await Recursive::down(Counted{10});
    co_return value;
}
RIGHT(value_from_a_generator, 6)
{
    int sum = 0;
    auto numbers = count_to(3);
    auto counted = co_await numbers.next();
    while (counted) {
        sum += counted->number();
        counted = co_await numbers.next();
    }
    co_return sum;
}
RIGHT(generator_left_in_the_middle, 1)
{
    auto numbers = count_to(3);
    const auto first = co_await numbers.next();
    co_return first->number();
}
