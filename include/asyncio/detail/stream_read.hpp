#pragma once

#include <asyncio/detail/stream_handle.hpp>
#include <asyncio/detail/suspension.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace asyncio::detail {

class StreamInput;

/// A read of a stream, which waits until there is what it wants: the base of what Stream::read()
/// and its like give. No coroutine: an idle connection costs little more than its handler's frame.
///
/// The right to read is one task's at a time, from the begin of the await to its end. The task is
/// woken once, when there is enough; bytes are taken only when it goes on.
class StreamRead : public Suspension {
public:
    /// Throws RuntimeError if another task reads; OSError (EBADF) if the stream is closed.
    [[nodiscard]] bool await_ready();
    void await_suspend(Awaiting awaiting);

    void interrupt() noexcept final;
    [[nodiscard]] const char* what() const noexcept final { return "stream"; }
    [[nodiscard]] std::string describe(Time now) const final;

    /// Should the task go on: is there enough, or will no more come?
    [[nodiscard]] bool satisfied() noexcept;

protected:
    explicit StreamRead(StreamHandle stream) noexcept : stream_{std::move(stream)} {}
    StreamRead(StreamRead&&) noexcept = default;
    ~StreamRead();

    /// Is there what it wants?
    [[nodiscard]] virtual bool enough() noexcept = 0;

    /// Ends the wait and gives what to take from: enough, or what came before the end of the
    /// stream. Throws CancelledError and the stream's error.
    [[nodiscard]] StreamInput& finish();
    /// Throws EOFError, with all there is.
    [[noreturn]] void throw_ended(const std::string& wanted);

    [[nodiscard]] StreamState& stream() const { return *stream_; }
    [[nodiscard]] StreamInput& input() const;

private:
    void let_go() noexcept;

    StreamHandle stream_;
    bool reading_ = false;  // It has the right to read.
    bool waited_ = false;
};

/// Reads what there is, up to n bytes; negative: everything until the end, which must not be more
/// than `limit`.
class ReadSome final : public StreamRead {
public:
    ReadSome(StreamHandle stream, std::int64_t n, std::size_t limit) noexcept
        : StreamRead{std::move(stream)}, everything_{n < 0}, most_{n < 0 ? limit : clamped(n)}
    {
    }
    std::string await_resume();

private:
    [[nodiscard]] bool enough() noexcept override;
    [[nodiscard]] bool too_much() noexcept;

    [[nodiscard]] static constexpr std::size_t clamped(std::int64_t n) noexcept
    {
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
        return static_cast<std::uint64_t>(n) < most ? static_cast<std::size_t>(n) : most;
    }

    bool everything_;  // (In front: it needs no room of its own there.)
    std::size_t most_;
};

/// Reads n bytes, no less.
class ReadExactly final : public StreamRead {
public:
    ReadExactly(StreamHandle stream, std::int64_t n) noexcept : StreamRead{std::move(stream)}, n_{n}
    {
    }
    /// Throws std::invalid_argument when n is negative.
    [[nodiscard]] bool await_ready();
    std::string await_resume();

private:
    [[nodiscard]] bool enough() noexcept override;

    std::int64_t n_;
};

/// Reads 1 to target.size() bytes.
class ReadInto final : public StreamRead {
public:
    ReadInto(StreamHandle stream, std::span<std::byte> target) noexcept
        : StreamRead{std::move(stream)}, target_{target}
    {
    }
    std::size_t await_resume();

private:
    [[nodiscard]] bool enough() noexcept override;

    std::span<std::byte> target_;
};

/// Reads through a separator.
class ReadThrough : public StreamRead {
public:
    [[nodiscard]] bool await_ready();

protected:
    explicit ReadThrough(StreamHandle stream) noexcept : StreamRead{std::move(stream)} {}
    ReadThrough(ReadThrough&&) noexcept = default;
    ~ReadThrough() = default;

    /// Looks on where it has stopped: is the separator there, or too late?
    [[nodiscard]] bool find(std::string_view separator) noexcept;
    /// How many bytes there are through the separator; 0: the stream has ended without it. Throws
    /// LimitOverrunError, and what finish() throws.
    [[nodiscard]] std::size_t finish_search();

private:
    std::size_t searched_ = 0;
    std::size_t found_ = 0;  // Through the separator.
    bool too_long_ = false;
};

/// Reads through the next '\n', or to the end of the stream.
class ReadLine final : public ReadThrough {
public:
    explicit ReadLine(StreamHandle stream) noexcept : ReadThrough{std::move(stream)} {}
    std::string await_resume();

private:
    [[nodiscard]] bool enough() noexcept override { return find("\n"); }
};

/// Reads through a separator, which must come.
class ReadUntil final : public ReadThrough {
public:
    ReadUntil(StreamHandle stream, std::string separator) noexcept
        : ReadThrough{std::move(stream)}, separator_{std::move(separator)}
    {
    }
    /// Throws std::invalid_argument when the separator is empty.
    [[nodiscard]] bool await_ready();
    std::string await_resume();

private:
    [[nodiscard]] bool enough() noexcept override { return find(separator_); }

    std::string separator_;
};

}  // namespace asyncio::detail
