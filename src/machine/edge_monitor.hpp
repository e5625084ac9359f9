#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ref.hpp>
#include <asyncio/task.hpp>

#include <map>

namespace machine::detail {

/// Watches the descriptors of all lines whose edges are wanted, with one poll of the loop.
///
/// In between stands an epoll descriptor: the loop polls that one only. A poll in flight keeps
/// the polled file open, so a line that was polled itself would stay busy until the kernel had
/// let go of it; with epoll a line is free as soon as it is released.
class EdgeMonitor final : public asyncio::detail::RefCounted {
public:
    /// Somebody whose descriptor is readable.
    class Source {
    public:
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;

        /// Reads what is there, once. Must not throw.
        virtual void readable() noexcept = 0;

    protected:
        Source() = default;
        ~Source() = default;
    };

    /// Throws OSError when no descriptor is left.
    EdgeMonitor();
    ~EdgeMonitor() override;

    /// Requires: the descriptor stays open, and the source alive, until remove().
    void add(int descriptor, Source& source);
    void remove(int descriptor) noexcept;

    /// Goes on after its task was cancelled with its loop. Cheap when it runs.
    void ensure_running();

private:
    static asyncio::Coroutine<> run(asyncio::detail::Ref<EdgeMonitor> self);
    void dispatch();

    int epoll_;
    std::map<int, Source*> sources_;  // By descriptor.
    asyncio::Task<> task_;            // Exists while there are sources.
    bool dispatching_ = false;
};

}  // namespace machine::detail
