#pragma once

#include <machine/edge.hpp>

#include <asyncio/detail/ref.hpp>

#include <cstdint>

namespace machine {

namespace detail {
class EdgeQueue;
}

/// The edges of a line from now on, for one task; other streams of the line have their own.
///
///     machine::EdgeStream edges = pin.edges(Pin::IRQ_RISING);
///     for (;;) {
///         const machine::Edge edge = co_await edges.next();
///         ...
///     }
///
/// Between two next() up to 1024 edges are kept, so memory does not grow; what comes then is lost,
/// and counted. Move-only. It may outlive its line; then next() throws. For the loop's thread.
class EdgeStream {
public:
    /// For the library.
    explicit EdgeStream(asyncio::detail::Ref<detail::EdgeQueue> queue) noexcept;
    EdgeStream(EdgeStream&&) noexcept;
    EdgeStream& operator=(EdgeStream&&) noexcept;
    ~EdgeStream();

    /// Waits for the next edge; does not yield when one is there. With a time limit:
    /// `co_await asyncio::timeout(100ms, edges.next())`; an edge that comes just then is kept.
    /// (wait_for() awaits in a task of its own: if the caller is cancelled when that has its edge
    /// already, the edge is gone.)
    /// Throws CancelledError (no edge is taken), OSError when the line fails, and RuntimeError
    /// when another task waits already, or once the line is released.
    [[nodiscard]] EdgeWait next() const;

    /// How many edges this stream has lost: those that it had no room for, and those that the
    /// kernel had none for; see Line::lost_edges(). The gaps in Edge::sequence show where, unless
    /// they are edges that the stream was not asked for. The kernel counts what it loses in both
    /// directions together, so a stream of one direction has lost so many at most.
    [[nodiscard]] std::uint64_t lost() const noexcept;

private:
    asyncio::detail::Ref<detail::EdgeQueue> queue_;
};

}  // namespace machine
