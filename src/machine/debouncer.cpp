#include "machine/debouncer.hpp"

#include "machine/clock.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <utility>

namespace machine::detail {

Debouncer::Debouncer(User& user, std::string name, std::chrono::nanoseconds period)
    : user_{&user}, name_{std::move(name)}, period_{period}, value_{user.steady_level()}
{
}

void Debouncer::change()
{
    changing_ = true;
    deadline_ = now() + period_;
    resume();
}

void Debouncer::resume()
{
    if (changing_ && (!task_ || task_.done())) {
        task_ =
            asyncio::create_task(run(asyncio::detail::Ref<Debouncer>{this}), "debounce " + name_);
    }
}

void Debouncer::stop() noexcept
{
    user_ = nullptr;
    changing_ = false;
    if (task_) {
        task_.cancel();
    }
}

asyncio::Coroutine<> Debouncer::run(asyncio::detail::Ref<Debouncer> self)
{
    while (self->changing_) {
        const std::chrono::nanoseconds left = self->deadline_ - now();
        if (left <= std::chrono::nanoseconds{0}) {
            self->decide();
        } else {
            co_await asyncio::sleep(left);
        }
    }
}

void Debouncer::decide() noexcept
{
    changing_ = false;
    try {
        const bool value = user_->steady_level();
        if (std::exchange(value_, value) != value) {
            user_->settled(Edge{value, now()});
        }
    } catch (const asyncio::OSError&) {
        // The level could not be read this time; the next change is looked at again, as in the
        // kernel.
    } catch (...) {
        user_->failed(std::current_exception());
    }
}

}  // namespace machine::detail
