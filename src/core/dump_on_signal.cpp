#include "core/report.hpp"
#include "core/scheduler.hpp"
#include "core/signal_watch.hpp"

#include <asyncio/debug.hpp>
#include <asyncio/loop.hpp>

#include <exception>

namespace asyncio::debug {

/// Reports the tasks of a loop when its signal comes.
class DumpOnSignal::Watch final : public detail::SignalWatch {
public:
    explicit Watch(Loop& loop) noexcept : loop_{loop} {}

private:
    void signalled() noexcept override
    {
        try {
            loop_.dump_tasks();
        } catch (const std::exception&) {
            report("cannot report the tasks: out of memory");
        }
    }

    Loop& loop_;  // Outlives what it listens to.
};

DumpOnSignal::DumpOnSignal(int signal) : watch_{detail::make_ref<Watch>(get_event_loop())}
{
    watch_->start(signal, get_event_loop().scheduler().backend());
}

DumpOnSignal::~DumpOnSignal() { watch_->stop(); }

}  // namespace asyncio::debug
