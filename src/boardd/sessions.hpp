#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/event.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

namespace boardd {

/// The tasks that serve clients, so that they can be ended together.
class Sessions : public std::enable_shared_from_this<Sessions> {
public:
    /// A task is in the list while this lives, in its own frame.
    class Member {
    public:
        /// Adds the running task.
        explicit Member(std::shared_ptr<Sessions> sessions);
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;
        ~Member();

    private:
        std::shared_ptr<Sessions> sessions_;
        std::list<asyncio::AnyTask>::iterator place_;
    };

    [[nodiscard]] std::size_t count() const noexcept { return tasks_.size(); }

    /// Cancels all and waits until they have ended, `limit_ms` at most. Gives how many have not.
    [[nodiscard]] asyncio::Coroutine<std::size_t> end_all(std::int64_t limit_ms);

private:
    std::list<asyncio::AnyTask> tasks_;
    asyncio::Event changed_;  // A task has left.
};

}  // namespace boardd
