// A loop over what arrives by an Event keeps going until its source ends.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <optional>
#include <thread>

namespace conformance {
namespace {

class Messages {
public:
    void put(std::optional<std::string> message)
    {
        message_ = std::move(message);
        arrived_.set();
    }
    asyncio::Coroutine<std::optional<std::string>> next()
    {
        co_await arrived_.wait();
        arrived_.clear();
        co_return message_;
    }

private:
    std::optional<std::string> message_;
    asyncio::Event arrived_;
};

asyncio::Coroutine<> source(Messages* messages)
{
    for (int i = 0; i < 3; ++i) {
        co_await asyncio::sleep(0.01);
        messages->put("bar " + text(i));
    }
}

asyncio::Coroutine<> watchdog(asyncio::ThreadSafeFlag* flag, Messages* messages)
{
    co_await flag->wait();
    print("good: asyncio iterator is still pending, exiting");
    messages->put(std::nullopt);
}

asyncio::Coroutine<> main_task(asyncio::ThreadSafeFlag* flag)
{
    Messages messages;
    asyncio::create_task(source(&messages));
    asyncio::create_task(watchdog(flag, &messages));
    for (;;) {
        const std::optional<std::string> message = co_await messages.next();
        if (!message) {
            break;
        }
        print(*message);
    }
    print("end main");
}

}  // namespace

TIMED_PROGRAM(iterator_event, 17, 118)
{
    asyncio::ThreadSafeFlag flag;
    std::thread other{[&flag] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        flag.set();
    }};
    asyncio::run(main_task(&flag));
    other.join();
}

}  // namespace conformance
