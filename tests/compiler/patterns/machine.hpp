// Pins, on the simulated board.

using machine::Pin;

Coroutine<int> value_of(Pin pin)
{
    co_await tick();
    co_return pin.value();
}

RIGHT(pin_made_with_options, 1)
{
    const Counted local{1};
    const int value = co_await value_of(Pin(17, Pin::OUT, std::nullopt, local.number()));
    co_return value;
}
RIGHT(pin_by_name, 1)
{
    const Counted local{1};
    Pin pin("GPIO17", Pin::OUT, std::nullopt, 1);
    const int value = co_await value_of(pin);
    co_return value == pin() ? value : 0;
}
RIGHT(edge_of_a_pin, 2)
{
    const Counted local{1};
    Pin pin(17, Pin::OUT, {}, 1);
    create_task([](Pin later) -> Coroutine<> {
        co_await tick();
        later.off();
        later.on();
    }(pin));
    const machine::Edge falling = co_await pin.edge(Pin::IRQ_FALLING);
    const bool rising = (co_await pin.edge()).rising;
    co_return local.number() + (rising && !falling.rising ? 1 : 0);
}
RIGHT(edge_with_a_limit, 3)
{
    const Counted local{3};
    Pin pin(17, Pin::IN, Pin::PULL_UP);
    int value = 0;
    try {
        const machine::Edge edge = co_await asyncio::wait_for_ms(pin.edge(), 5);
        value = edge.rising ? 1 : 2;
    } catch (const asyncio::TimeoutError&) {
        value = local.number();
    }
    co_return value;
}
