#include "boardd/signals.hpp"

#include <array>
#include <atomic>
#include <cassert>
#include <csignal>

namespace boardd {
namespace {

constexpr std::array handled{SIGTERM, SIGINT, SIGHUP};  // In the order next() gives them.

std::array<std::atomic<bool>, handled.size()> pending;
std::atomic<asyncio::ThreadSafeFlag*> flag;
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<asyncio::ThreadSafeFlag*>::is_always_lock_free);

extern "C" void on_signal(int number)
{
    for (std::size_t i = 0; i < handled.size(); ++i) {
        if (handled[i] == number) {
            pending[i] = true;
        }
    }
    if (asyncio::ThreadSafeFlag* arrived = flag) {
        arrived->set();
    }
}

void set_action(int number, void (*handler)(int))
{
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    (void)::sigemptyset(&action.sa_mask);
    (void)::sigaction(number, &action, nullptr);
}

}  // namespace

Signals::Signals()
{
    assert(flag == nullptr);
    flag = &arrived_;
    for (const int number : handled) {
        set_action(number, on_signal);
    }
    set_action(SIGPIPE, SIG_IGN);  // A log that nobody reads any more is no reason to die.
}

Signals::~Signals()
{
    restore();
    set_action(SIGHUP, SIG_DFL);
    flag = nullptr;
}

void Signals::restore() noexcept
{
    set_action(SIGTERM, SIG_DFL);
    set_action(SIGINT, SIG_DFL);
}

asyncio::Coroutine<int> Signals::next()
{
    while (true) {
        for (std::size_t i = 0; i < handled.size(); ++i) {
            if (pending[i].exchange(false)) {
                co_return handled[i];
            }
        }
        co_await arrived_.wait();
    }
}

}  // namespace boardd
