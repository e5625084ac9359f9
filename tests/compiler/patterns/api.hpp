// What the library itself invites to write.

using asyncio::create_task;
using asyncio::gather;
using asyncio::Stream;
using asyncio::Task;

RIGHT(sleeps, 3)
{
    const Counted local{3};
    co_await asyncio::sleep(0.001);
    co_await asyncio::sleep(std::chrono::milliseconds{1});
    auto nap = asyncio::sleep_ms(1);
    co_await std::move(nap);
    co_return local.number();
}
RIGHT(gather_of_coroutines, 7)
{
    auto [one, two] = co_await gather(make(3), by_value(Counted{4}));
    co_return one.number() + two;
}
RIGHT(gather_of_nothing_but_waits, 3)
{
    const Counted local{3};
    co_await gather(asyncio::sleep_ms(1), asyncio::sleep_ms(2), tick());
    co_return local.number();
}
RIGHT(gather_of_one, 3)
{
    const auto [one] = co_await gather(make(3));
    co_return one.number();
}
RIGHT(gather_kept_as_a_tuple, 7)
{
    const auto all = co_await gather(make(3), make(4));
    co_return std::get<0>(all).number() + std::get<1>(all).number();
}
RIGHT(gather_of_an_element, 7)
{
    const int value = std::get<1>(co_await gather(make(3), make(7))).number();
    co_return value;
}
RIGHT(gather_of_tasks, 14)
{
    const Task<Counted> one = create_task(make(3));
    const Task<Counted> two = create_task(make(4));
    auto [a, b] = co_await gather(one, two);
    auto [c, d] = co_await gather(one, two);
    co_return a.number() + b.number() + c.number() + d.number();
}
RIGHT(gather_of_a_vector, 6)
{
    std::vector<Task<Counted>> tasks;
    for (int i = 1; i <= 3; ++i) {
        tasks.push_back(create_task(make(i)));
    }
    int sum = 0;
    for (const Counted& counted : co_await gather(std::move(tasks))) {
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(gather_of_gathers, 10)
{
    auto [one, two] = co_await gather(gather(make(1), make(2)), gather(make(3), make(4)));
    co_return std::get<0>(one).number() + std::get<1>(one).number() + std::get<0>(two).number() +
        std::get<1>(two).number();
}
RIGHT(gather_with_exceptions, 13)
{
    auto [value, error] = co_await gather(asyncio::return_exceptions, make(3), fail(Counted{4}));
    co_return value.value().number() + (error.has_value() ? 0 : 10);
}
RIGHT(gather_of_a_vector_with_exceptions, 13)
{
    std::vector<Task<int>> tasks;
    tasks.push_back(create_task(by_value(Counted{3})));
    tasks.push_back(create_task(fail(Counted{4})));
    const std::vector<asyncio::Result<int>> all =
        co_await gather(asyncio::return_exceptions, std::move(tasks));
    co_return all[0].value() + (all[1].exception() != nullptr ? 10 : 0);
}
RIGHT(gather_that_fails, 3)
{
    int error = 0;
    try {
        co_await gather(make(1), fail(Counted{3}));
    } catch (const std::runtime_error& caught) {
        error = std::stoi(caught.what());
    }
    co_return error;
}
RIGHT(wait_for_with_each_kind_of_limit, 15)
{
    const int none = co_await asyncio::wait_for(by_value(Counted{1}), std::nullopt);
    const int seconds = co_await asyncio::wait_for(by_value(Counted{2}), 5);
    const int fraction = co_await asyncio::wait_for(by_value(Counted{3}), 1.5);
    const int duration = co_await asyncio::wait_for(by_value(Counted{4}), std::chrono::hours{1});
    const int ms = co_await asyncio::wait_for_ms(by_value(Counted{5}), 5000);
    co_return none + seconds + fraction + duration + ms;
}
RIGHT(wait_for_an_object, 3)
{
    const Counted counted = co_await asyncio::wait_for(make(3), 1);
    co_return counted.number();
}
RIGHT(wait_for_with_a_limit_that_is_named, 3)
{
    const std::optional<std::chrono::seconds> limit{5};
    const Counted counted = co_await asyncio::wait_for(make(3), *limit);
    co_return counted.number();
}
RIGHT(wait_for_that_times_out, 1)
{
    int value = 0;
    try {
        value = co_await asyncio::wait_for_ms(by_value(Counted{3}), 0);
    } catch (const asyncio::TimeoutError&) {
        value = 1;
    }
    co_return value;
}
RIGHT(wait_for_a_gather, 7)
{
    auto [one, two] = co_await asyncio::wait_for(gather(make(3), make(4)), 1);
    co_return one.number() + two.number();
}
RIGHT(wait_for_a_task, 3)
{
    const Counted counted = co_await asyncio::wait_for(create_task(make(3)), 1);
    co_return counted.number();
}
RIGHT(timeout_of_a_coroutine, 3)
{
    const Counted counted = co_await asyncio::timeout(1.5, make(3));
    co_return counted.number();
}
RIGHT(timeout_that_is_named, 3)
{
    const auto limit = asyncio::timeout(1.5);
    const Counted counted = co_await limit.run(make(3));
    co_return counted.number();
}
RIGHT(timeout_that_is_a_temporary, 3)
{
    const Counted counted = co_await asyncio::timeout(std::nullopt).run(make(3));
    co_return counted.number();
}
RIGHT(shield_of_a_coroutine, 3)
{
    const Counted counted = co_await asyncio::shield(make(3));
    co_return counted.number();
}
RIGHT(task_that_is_a_temporary, 3)
{
    const Counted counted = co_await create_task(make(3));
    co_return counted.number();
}
RIGHT(task_with_a_name, 3)
{
    const Counted counted = co_await create_task(make(3), "a name that is not a short string");
    co_return counted.number();
}
RIGHT(task_that_is_named, 9)
{
    const Task<Counted> task = create_task(make(3));
    const Counted first = co_await task;
    const Counted second = co_await task;
    co_return first.number() + second.number() + task.result().number();
}
RIGHT(task_that_is_cancelled, 3)
{
    const Counted local{3};
    const Task<int> task = create_task(by_reference(local));
    co_await asyncio::sleep_ms(0);
    task.cancel();
    int value = 0;
    try {
        value = co_await task;
    } catch (const asyncio::CancelledError&) {
        value = local.number();
    }
    co_return value;
}
RIGHT(tasks_in_a_loop, 6)
{
    std::vector<Task<Counted>> tasks;
    for (int i = 1; i <= 3; ++i) {
        tasks.push_back(create_task(make(i)));
    }
    int sum = 0;
    for (const Task<Counted>& task : tasks) {
        const Counted counted = co_await task;
        sum += counted.number();
    }
    co_return sum;
}
RIGHT(wait_for_the_first_of_a_vector, 3)
{
    std::vector<Task<Counted>> tasks;
    tasks.push_back(create_task(make(3)));
    tasks.push_back(create_task(make(3)));
    auto waited = co_await asyncio::wait(tasks, asyncio::FIRST_COMPLETED);
    co_return waited.done.front().result().number();
}
RIGHT(as_completed_in_a_loop, 6)
{
    std::vector<Task<Counted>> tasks;
    for (int i = 1; i <= 3; ++i) {
        tasks.push_back(create_task(make(i)));
    }
    int sum = 0;
    const auto completed = asyncio::as_completed(tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const Task<Counted> task = co_await completed.next();
        sum += task.result().number();
    }
    co_return sum;
}
Coroutine<Counted> group_body(asyncio::TaskGroup group, Counted counted)
{
    group.create_task(make(1));
    group.create_task(make(2));
    co_await tick();
    co_return counted;
}
RIGHT(task_group_of_a_function, 3)
{
    const Counted counted = co_await asyncio::task_group(group_body, Counted{3});
    co_return counted.number();
}
RIGHT(task_group_of_a_lambda_without_captures, 3)
{
    const int value = co_await asyncio::task_group(
        [](asyncio::TaskGroup group, Counted counted) -> Coroutine<int> {
            const Task<int> task = group.create_task(by_value(counted));
            co_return co_await task;
        },
        Counted{3});
    co_return value;
}
RIGHT(task_group_without_a_body, 3)
{
    asyncio::TaskGroup group;
    const Task<Counted> task = group.create_task(make(3));
    group.create_task(make(4));
    co_await group.join();
    co_return task.result().number();
}
RIGHT(queue_of_objects, 7)
{
    const auto queue = std::make_shared<asyncio::Queue<Counted>>(1);
    const Task<> producer = create_task(
        [](std::shared_ptr<asyncio::Queue<Counted>> to) -> Coroutine<> {
            co_await to->put(Counted{3});
            co_await tick();
            const Counted second{4};
            co_await to->put(second);
        }(queue),
        "producer");
    const Counted one = co_await queue->get();
    const int two = (co_await queue->get()).number();
    co_await producer;
    co_return one.number() + two;
}
RIGHT(queue_of_aggregates_that_are_named, 7)
{
    asyncio::Queue<Aggregate> queue;
    const Aggregate item{Counted{3}, 4};
    co_await queue.put(item);
    const Aggregate got = co_await queue.get();
    co_return got.counted.number() + got.more;
}
RIGHT(priority_queue, 3)
{
    asyncio::PriorityQueue<std::pair<int, std::string>> queue;
    const Counted local{3};
    co_await queue.put(std::pair<int, std::string>{4, "four"});
    co_await queue.put(std::pair<int, std::string>{3, "three, and some more text"});
    auto [first, name] = co_await queue.get();
    co_return first == local.number() && name.size() > 5 ? first : 0;
}
RIGHT(event_that_is_set, 4)
{
    const auto event = std::make_shared<asyncio::Event>();
    const Counted local{3};
    create_task([](std::shared_ptr<asyncio::Event> up) -> Coroutine<> {
        co_await tick();
        up->set();
    }(event));
    const bool set = co_await event->wait();
    co_return local.number() + (set ? 1 : 0);
}
RIGHT(lock_for_a_scope, 6)
{
    asyncio::Lock lock;
    int sum = 0;
    for (int i = 1; i <= 3; ++i) {
        auto held = co_await lock.scoped();
        const Counted counted = co_await make(i);
        sum += lock.locked() ? counted.number() : 0;
    }
    co_return lock.locked() ? 0 : sum;
}
RIGHT(lock_for_a_block, 3)
{
    asyncio::Lock lock;
    {
        const auto held = co_await lock.scoped();
        co_await tick();
    }
    const bool taken = co_await lock.acquire();
    const Counted counted = co_await make(3);
    lock.release();
    co_return taken && !lock.locked() ? counted.number() : 0;
}
RIGHT(semaphore_for_a_scope, 3)
{
    asyncio::BoundedSemaphore semaphore{1};
    auto held = co_await semaphore.scoped();
    const Counted counted = co_await make(3);
    co_return semaphore.locked() ? counted.number() : 0;
}
RIGHT(condition_with_a_named_predicate, 3)
{
    const auto condition = std::make_shared<asyncio::Condition>();
    const auto counted = std::make_shared<Counted>(0);
    create_task(
        [](std::shared_ptr<asyncio::Condition> of, std::shared_ptr<Counted> to) -> Coroutine<> {
            co_await tick();
            const auto held = co_await of->scoped();
            *to = Counted{3};
            of->notify();
        }(condition, counted));
    const auto held = co_await condition->scoped();
    const auto predicate = [counted] { return counted->number(); };
    const int value = co_await condition->wait_for(predicate);
    co_return value;
}
RIGHT(current_task_and_its_name, 3)
{
    const Counted local{3};
    asyncio::current_task().set_name("a name that is not a short string");
    co_await tick();
    const std::string name = asyncio::current_task().name();
    co_return name.size() > 30 ? local.number() : 0;
}

// Streams: a server that answers with what it gets.
Coroutine<> echo(Stream reader, Stream writer)
{
    for (;;) {
        std::string line = co_await reader.readline();
        if (line.empty()) {
            break;
        }
        writer.write(line);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

class Echoing {
public:
    explicit Echoing(Counted tag) : tag_{std::move(tag)} {}
    Coroutine<> operator()(Stream reader, Stream writer) const
    {
        const Counted local = tag_;
        co_await echo(std::move(reader), std::move(writer));
    }

private:
    Counted tag_;
};

RIGHT(line_over_a_connection, 6)
{
    const Counted local{3};
    const asyncio::Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    writer.write("hello\n");
    co_await writer.drain();
    std::string line = co_await reader.readline();
    writer.close();
    co_await writer.wait_closed();
    co_return static_cast<int>(line.size());
}
RIGHT(server_whose_callback_is_an_object, 6)
{
    const auto server = co_await asyncio::start_server(Echoing{Counted{3}}, "127.0.0.1", 0, 128);
    auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    writer.write("hello\n");
    const std::string line = co_await reader.readuntil("\n");
    co_return static_cast<int>(line.size());
}
RIGHT(server_whose_callback_is_a_lambda, 5)
{
    const Counted local{3};
    auto server = co_await asyncio::start_server(
        [](Stream, Stream writer) { writer.write("hello"); }, "127.0.0.1", 0);
    auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    const std::string all = co_await reader.read();
    server.close();
    co_await server.wait_closed();
    co_return static_cast<int>(all.size());
}
RIGHT(server_whose_callback_is_a_named_capturing_lambda, 5)
{
    const Counted local{3};
    const auto callback = [local](Stream, Stream writer) {
        writer.write(local.number() == 3 ? "hello" : "");
    };
    const auto server = co_await asyncio::start_server(callback, "127.0.0.1", 0);
    auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    const std::string all = co_await reader.readexactly(5);
    co_return static_cast<int>(all.size());
}
RIGHT(read_into_a_local_buffer, 6)
{
    const Counted local{3};
    const auto server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    writer.write("hello\n");
    std::array<std::byte, 16> bytes{};
    std::size_t size = 0;
    while (size < 6) {
        size += co_await reader.readinto(std::span{bytes}.subspan(size));
    }
    co_return static_cast<int>(size);
}
RIGHT(read_with_a_limit, 3)
{
    const Counted local{3};
    const auto server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    int value = 0;
    try {
        const std::string never = co_await asyncio::wait_for_ms(reader.readline(), 20);
        value = static_cast<int>(never.size());
    } catch (const asyncio::TimeoutError&) {
        value = local.number();
    }
    co_return value;
}
RIGHT(connections_that_are_gathered, 12)
{
    const Counted local{3};
    const auto server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    auto [one, two] = co_await gather(asyncio::open_connection("127.0.0.1", server.port()),
                                      asyncio::open_connection("127.0.0.1", server.port()));
    one.second.write("hello\n");
    two.second.write("world\n");
    auto [hello, world] = co_await gather(one.first.readline(), two.first.readline());
    co_return static_cast<int>(hello.size() + world.size());
}
RIGHT(connection_that_is_refused, 3)
{
    const Counted local{3};
    int value = 0;
    try {
        auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", 9);
        value = reader.at_eof() ? 1 : 2;
    } catch (const asyncio::OSError&) {
        value = local.number();
    }
    co_return value;
}
RIGHT(unix_connection, 6)
{
    const Counted local{3};
    const std::string path = std::string(1, '\0') + "compiler-probe";
    const auto server = co_await asyncio::start_unix_server(echo, path);
    auto [reader, writer] = co_await asyncio::open_unix_connection(path);
    writer.write("hello\n");
    const std::string line = co_await reader.readline();
    co_return static_cast<int>(line.size());
}
