// What a coroutine may be given, written where it is awaited.

RIGHT(temporary_for_a_const_reference, 3)
{
    const int value = co_await by_reference(Counted{3});
    co_return value;
}
RIGHT(local_for_a_const_reference, 3)
{
    const Counted local{3};
    const int value = co_await by_reference(local);
    co_return value;
}
RIGHT(temporary_by_value, 3)
{
    const int value = co_await by_value(Counted{3});
    co_return value;
}
RIGHT(local_by_value, 6)
{
    const Counted local{3};
    const int value = co_await by_value(local);
    co_return value + local.number();
}
RIGHT(moved_by_value, 3)
{
    Counted local{3};
    const int value = co_await by_value(std::move(local));
    co_return value;
}
RIGHT(temporary_unique_ptr, 3)
{
    const int value = co_await by_pointer(std::make_unique<Counted>(3));
    co_return value;
}
RIGHT(moved_unique_ptr, 3)
{
    auto local = std::make_unique<Counted>(3);
    const int value = co_await by_pointer(std::move(local));
    co_return value;
}
RIGHT(temporary_shared_ptr, 13)
{
    const int value = co_await by_shared_pointer(std::make_shared<Counted>(3));
    co_return value;
}
RIGHT(copied_shared_ptr, 24)
{
    const auto local = std::make_shared<Counted>(3);
    const int value = co_await by_shared_pointer(local);
    co_return value + static_cast<int>(local.use_count());
}
RIGHT(optional_from_a_value, 3)
{
    const int value = co_await by_optional(Counted{3});
    co_return value;
}
RIGHT(optional_from_nullopt, 0)
{
    const Counted local{3};
    const int value = co_await by_optional(std::nullopt);
    co_return value;
}
RIGHT(optional_made_in_place, 3)
{
    const int value = co_await by_optional(std::make_optional<Counted>(3));
    co_return value;
}
RIGHT(pair_by_its_constructor, 7)
{
    const int value = co_await by_pair(std::pair<Counted, int>{Counted{3}, 4});
    co_return value;
}
RIGHT(pair_by_make_pair, 7)
{
    const int value = co_await by_pair(std::make_pair(Counted{3}, 4));
    co_return value;
}
RIGHT(tuple_by_make_tuple, 7)
{
    const int value = co_await by_tuple(std::make_tuple(Counted{3}, Counted{4}));
    co_return value;
}
RIGHT(vector_that_is_named, 6)
{
    std::vector<Counted> local;
    local.emplace_back(1);
    local.emplace_back(2);
    const int copied = co_await by_vector(local);
    const int moved = co_await by_vector(std::move(local));
    co_return copied + moved;
}
RIGHT(vector_of_a_size, 9)
{
    const int value = co_await by_vector(std::vector<Counted>(3, Counted{3}));
    co_return value;
}
RIGHT(string_literal, 7)
{
    const Counted local{3};
    const int value = co_await by_string("literal");
    co_return value;
}
RIGHT(string_put_together, 60)
{
    const std::string part(20, 'x');
    const int value = co_await by_string(part + part + std::string(20, 'y'));
    co_return value;
}
RIGHT(settings_by_their_constructor, 7)
{
    const int value = co_await by_options(Settings{Counted{3}, 4});
    co_return value;
}
RIGHT(options_that_are_named, 7)
{
    Settings options{Counted{3}};
    options.more = 4;
    const int value = co_await by_options(options);
    co_return value;
}
RIGHT(aggregate_that_is_named, 14)
{
    Aggregate options{.counted = Counted{3}, .more = 4};
    const int copied = co_await by_aggregate(options);
    const int moved = co_await by_aggregate(std::move(options));
    co_return copied + moved;
}
RIGHT(aggregate_of_a_coroutine_that_is_named, 7)
{
    auto named = by_aggregate({Counted{3}, 4});
    const int value = co_await std::move(named);
    co_return value;
}
RIGHT(array_that_is_named, 7)
{
    std::array<Counted, 2> local{Counted{3}, Counted{4}};
    const int value = co_await by_array(std::move(local));
    co_return value;
}
RIGHT(function_that_is_named, 3)
{
    const Counted local{3};
    const std::function<int()> function = [local] { return local.number(); };
    const int value = co_await by_function(function);
    co_return value;
}
RIGHT(lambda_without_captures, 3)
{
    const Counted local{3};
    const int value = co_await by_callable([] { return 3; });
    co_return value;
}
RIGHT(lambda_without_captures_as_a_function, 3)
{
    const Counted local{3};
    const int value = co_await by_function([] { return 3; });
    co_return value;
}
RIGHT(capturing_lambda_that_is_named, 6)
{
    const Counted local{3};
    auto callable = [local] { return local.number(); };
    const int copied = co_await by_callable(callable);
    const int moved = co_await by_callable(std::move(callable));
    co_return copied + moved;
}
RIGHT(capturing_lambda_of_a_coroutine_that_is_named, 3)
{
    const Counted local{3};
    auto named = by_callable([local] { return local.number(); });
    const int value = co_await std::move(named);
    co_return value;
}
RIGHT(default_arguments, 109)
{
    const int value = co_await by_default();
    co_return value;
}
RIGHT(default_argument_behind_another, 103)
{
    const int value = co_await by_default(Counted{3});
    co_return value;
}
RIGHT(optional_number, 7)
{
    const int value = co_await by_default(Counted{3}, 4);
    co_return value;
}
RIGHT(result_of_another_await, 3)
{
    const int value = co_await by_value(co_await make(3));
    co_return value;
}
RIGHT(element_of_a_container, 3)
{
    std::map<int, Counted> all;
    all.emplace(1, 3);
    const int value = co_await by_value(all.at(1));
    co_return value;
}

class Member {
public:
    explicit Member(int number) : own_{number} {}

    Coroutine<int> plus(Counted other)
    {
        co_await tick();
        co_return own_.number() + other.number();
    }
    Coroutine<int> twice()
    {
        const int value = co_await plus(own_);
        co_return value;
    }
    Coroutine<int> operator()(Counted other) const
    {
        co_await tick();
        co_return own_.number() * other.number();
    }

private:
    Counted own_;
};

RIGHT(member_function, 6)
{
    Member member{3};
    const int value = co_await member.twice();
    co_return value;
}
RIGHT(member_function_of_a_temporary, 7)
{
    const int value = co_await Member{3}.plus(Counted{4});
    co_return value;
}
RIGHT(call_operator, 12)
{
    const Member member{3};
    const int value = co_await member(Counted{4});
    co_return value;
}
RIGHT(lambda_coroutine_with_parameters, 7)
{
    const int value = co_await [](Counted one, int more) -> Coroutine<int> {
        co_await tick();
        co_return one.number() + more;
    }(Counted{3}, 4);
    co_return value;
}
RIGHT(coroutine_from_a_plain_function, 3)
{
    const auto plain = [](Counted counted) { return by_value(std::move(counted)); };
    const int value = co_await plain(Counted{3});
    co_return value;
}
