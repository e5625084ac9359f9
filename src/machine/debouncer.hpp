#pragma once

#include <machine/edge.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <exception>
#include <string>

namespace machine::detail {

/// Lets a line's value change only when its level has been the same for a while, as the kernel
/// does: each change begins the while anew, and at its end the level decides.
/// Source: the kernel's drivers/gpio/gpiolib-cdev.c, debounce_work_func, edge_detector_update.
class Debouncer final : public asyncio::detail::RefCounted {
public:
    /// The line that it serves.
    class User {
    public:
        User(const User&) = delete;
        User& operator=(const User&) = delete;

        /// The value now. Throws OSError.
        [[nodiscard]] virtual bool steady_level() = 0;
        /// The value has changed.
        virtual void settled(const Edge& edge) = 0;
        /// The value could not be read.
        virtual void failed(std::exception_ptr error) = 0;

    protected:
        User() = default;
        ~User() = default;
    };

    /// Starts with the value that the line has. Throws OSError.
    Debouncer(User& user, std::string name, std::chrono::nanoseconds period);

    /// From the next change of the level on; one that is on its way is decided when it was to be.
    void set_period(std::chrono::nanoseconds period) noexcept { period_ = period; }
    /// The value means the other level from now on.
    void turn_round() noexcept { value_ = !value_; }
    [[nodiscard]] bool value() const noexcept { return value_; }

    /// The level has changed.
    void change();
    /// Goes on after its task was cancelled with its loop.
    void resume();
    /// Calls nobody from now on.
    void stop() noexcept;

private:
    static asyncio::Coroutine<> run(asyncio::detail::Ref<Debouncer> self);
    void decide() noexcept;

    User* user_;
    std::string name_;
    std::chrono::nanoseconds period_;
    bool value_;
    bool changing_ = false;
    std::chrono::nanoseconds deadline_{};
    asyncio::Task<> task_;  // Exists while the level is changing.
};

}  // namespace machine::detail
