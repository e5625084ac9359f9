#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/detail/stream_drain.hpp>
#include <asyncio/detail/stream_read.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace asyncio {

/// Thrown by Stream::readline() and readuntil() when the separator is not within the limit.
///
/// Nothing is lost: the bytes stay in the stream's buffer for the next read.
/// Source: CPython asyncio.LimitOverrunError.
class LimitOverrunError : public std::runtime_error {
public:
    LimitOverrunError(const std::string& message, std::size_t count)
        : std::runtime_error{message}, consumed{count}
    {
    }

    std::size_t consumed;  ///< Bytes in the buffer in front of the place where it was looked for.
};

/// How TCP finds out that a silent peer is gone: after `idle` without a sign of it, it is asked
/// every `interval`, and given up when it did not answer `count` times.
/// Source: tcp(7), TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, which also give the ranges.
class Keepalive {
public:
    explicit Keepalive(std::chrono::seconds idle_time = std::chrono::seconds{60},
                       std::chrono::seconds time_between = std::chrono::seconds{10}, int probes = 6)
        : idle{idle_time}, interval{time_between}, count{probes}
    {
    }

    std::chrono::seconds idle;  ///< 1 to 32767 s.
    std::chrono::seconds interval;  ///< 1 to 32767 s.
    int count;  ///< 1 to 127.
};

/// Who is at the other end of a Unix socket: its process, its user and group when it connected.
/// Source: unix(7), SO_PEERCRED.
class PeerCredentials {
public:
    PeerCredentials(pid_t process, uid_t user, gid_t group) : pid{process}, uid{user}, gid{group} {}

    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/// A connection: bytes in both directions. One class reads and writes.
///
/// It is a shared handle, cheap to copy. close() ends the connection; when the last handle is
/// dropped without it, the connection is closed in the same way. One task may read while others
/// write. All members are for the loop's thread, and for the loop the stream was opened on.
///
/// Reading takes from a buffer that holds what has arrived; more is asked for only while a task
/// waits, so a peer cannot fill the memory. A read that is cancelled or timed out has taken
/// nothing: what arrived is there for the next read.
///
/// Errors of all reads: CancelledError; OSError with the system's reason (ECONNRESET when the
/// peer has reset the connection), after what arrived before it was read, and EBADF after
/// close(), also for a task that is waiting; RuntimeError when another task is reading.
///
/// Source: MicroPython extmod/asyncio/stream.py, class Stream; the names it lacks are CPython's.
class Stream {
public:
    /// Longest line, in bytes and without its end, until set_limit().
    static constexpr std::size_t default_limit = 64 * 1024;
    /// drain() waits while more than this is unsent ...
    static constexpr std::size_t high_water = 64 * 1024;
    /// ... until no more than this is.
    static constexpr std::size_t low_water = 16 * 1024;
    /// A closing stream whose peer takes nothing for so long is given up: see close().
    static constexpr std::int64_t close_timeout_ms = 30'000;

    /// A handle to no stream. Using it throws RuntimeError.
    Stream() noexcept = default;

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
    [[nodiscard]] bool operator==(const Stream&) const noexcept = default;

    /// Reads what is there, 1 to n bytes, and waits only while nothing is; "" at the end of the
    /// stream, again and again. 0 gives "" at once.
    ///
    /// Negative: everything until the end. With `limit`, throws LimitOverrunError when that is more
    /// than so many bytes, and leaves what has come to be read; else a peer can send without end.
    [[nodiscard]] detail::ReadSome read(
        std::int64_t n = -1,
        std::size_t limit = std::numeric_limits<std::size_t>::max()) const noexcept
    {
        return detail::ReadSome{handle_, n, limit};
    }

    /// Reads n bytes, no less. Throws EOFError, with what did come in `partial`, when the stream
    /// ends before; std::invalid_argument when n is negative.
    [[nodiscard]] detail::ReadExactly readexactly(std::int64_t n) const noexcept
    {
        return detail::ReadExactly{handle_, n};
    }

    /// Reads through the next '\n'; without it at the end of the stream, then "". Throws
    /// LimitOverrunError when the line is longer than the limit.
    [[nodiscard]] detail::ReadLine readline() const noexcept { return detail::ReadLine{handle_}; }

    /// Reads through the next `separator`. Throws EOFError, with what did come in `partial`, when
    /// the stream ends before; LimitOverrunError; std::invalid_argument when it is empty.
    [[nodiscard]] detail::ReadUntil readuntil(std::string separator = "\n") const
    {
        return detail::ReadUntil{handle_, std::move(separator)};
    }

    /// Reads 1 to buffer.size() bytes into `buffer` and gives their number; 0 at the end of the
    /// stream. Requires: the buffer outlives the read. It is written to only at the very end: a
    /// cancelled read leaves it as it was.
    [[nodiscard]] detail::ReadInto readinto(std::span<std::byte> buffer) const noexcept
    {
        return detail::ReadInto{handle_, buffer};
    }

    /// Has the stream ended, and was everything read?
    [[nodiscard]] bool at_eof() const;

    /// Sets the longest line that readline() and readuntil() accept, in bytes.
    void set_limit(std::size_t bytes) const;

    /// Accepts bytes for sending. They flow in the background, in order, without drain().
    ///
    /// Never waits; the buffer has no bound, so await drain() after it. Throws OSError: EBADF
    /// after close(), else what an earlier send failed with (EPIPE, ECONNRESET), each time
    /// anew; RuntimeError after write_eof().
    void write(std::string_view bytes) const;
    void write(std::span<const std::byte> bytes) const;
    /// The same for a string that is given away, `write(std::move(text))`: it is sent from where it
    /// lies, unless it is small (less than 1 KiB, behind others) or the stream is protected.
    template <std::same_as<std::string> S>
    void write(S&& bytes) const
    {
        give({&bytes, 1});
    }

    /// Accepts several pieces at once. They go out together, where a write() for each may send
    /// the first one alone. Source: CPython asyncio.StreamWriter.writelines.
    void writelines(std::span<const std::string_view> pieces) const;
    void writelines(std::initializer_list<std::string_view> pieces) const;
    /// The same for strings that are given away, `writelines(std::move(pieces))`: they are sent
    /// from where they lie, many by one system call (sendmsg(2)), unless they are small or the
    /// stream is protected.
    template <std::same_as<std::vector<std::string>> V>
    void writelines(V&& pieces) const
    {
        give(pieces);
    }

    /// Lets other tasks run once; then, if more than high_water bytes are unsent, waits until no
    /// more than low_water are. Several tasks may do so at once.
    ///
    /// Throws CancelledError (nothing is lost or sent twice); OSError if a send has failed.
    [[nodiscard]] detail::StreamDrain drain() const noexcept
    {
        return detail::StreamDrain{handle_};
    }

    /// How many bytes are accepted and unsent. Source: CPython, transport of the same name.
    [[nodiscard]] std::size_t get_write_buffer_size() const;

    /// Tells the peer, behind what was written, that no more will come; reading goes on.
    /// Harmless when done twice. Throws OSError as write() does.
    ///
    /// With TLS that is close_notify and then FIN (CPython's raises NotImplementedError). A peer
    /// with TLS 1.3 may go on writing; one with TLS 1.2 is told by RFC 5246 to close instead.
    void write_eof() const;

    /// Closes the stream, in the background: what was written is still sent. A task that reads
    /// gets OSError (EBADF). Harmless when done twice.
    ///
    /// If the peer takes nothing for close_timeout_ms of the loop's clock, the rest is thrown
    /// away and the connection reset.
    ///
    /// With TLS, close_notify goes out behind what was written, and the peer has the context's
    /// shutdown_timeout() to answer; what it still says is thrown away.
    void close() const noexcept;

    /// Closes the stream without sending what is unsent; the peer sees a reset connection (on a
    /// Unix socket only if bytes that it has sent were not read, else a plain end).
    /// Source: CPython, transport of the same name.
    void abort() const noexcept;

    /// Was the stream closed, by close(), abort() or wait_closed()?
    [[nodiscard]] bool is_closing() const;

    /// Closes the stream, as close() does, and waits until everything is sent and the descriptor
    /// is free. Throws CancelledError, and the stream goes on closing; no other error.
    [[nodiscard]] Coroutine<> wait_closed() const;

    /// Protects the stream from now on, as a client or a server, as the context is.
    ///
    /// What was written before still goes out in plain text. A client checks the certificate for
    /// `server_hostname`. Copies of this handle are protected too.
    ///
    /// Throws what open_connection() with `ssl` throws, and closes the stream then; OSError
    /// (EPROTO) when bytes have come in that were not read: they were not protected, and may be
    /// anybody's; RuntimeError when the stream is protected already, after write_eof(), or when
    /// another task is reading; std::invalid_argument without a context.
    /// Source: CPython asyncio.StreamWriter.start_tls.
    [[nodiscard]] Coroutine<> start_tls(detail::SSLOption ssl,
                                        std::string server_hostname = {}) const;

    /// "peername" and "sockname" give the address of the other and of this end, also after
    /// close(): "192.0.2.7:51734", "[::1]:8888", or the path of a Unix socket (empty if it has
    /// none).
    ///
    /// On a Unix socket that is open, "peercred" tells who connected, or who listened, in lines of
    /// "key=value": pid, uid, gid (see peer_cred(), which has them one by one).
    ///
    /// With TLS, "version" is "TLSv1.3" or "TLSv1.2", "cipher" the name of the cipher suite, "alpn"
    /// the protocol that was chosen, if one was; and "peercert" tells of the peer's certificate, if
    /// it has one that was verified, in lines of "key=value" (see getpeercert(), which has them one
    /// by one); "ktls" is "send" if the kernel encrypts what is sent (see SSLContext::options()).
    /// Any other key gives std::nullopt.
    [[nodiscard]] std::optional<std::string> get_extra_info(std::string_view key) const;

    /// Who is at the other end of a Unix socket; std::nullopt on other sockets and after close().
    [[nodiscard]] std::optional<PeerCredentials> peer_cred() const;

    /// Does TCP send small writes at once (true, as every stream begins), or may it wait for more
    /// (Nagle's algorithm)?
    ///
    /// This and the next two throw OSError "cannot set <option> of '<peer>': <reason>": EBADF
    /// after close(), EOPNOTSUPP on a Unix socket, EINVAL for a value out of its range.
    void set_nodelay(bool on) const;

    /// Finds out when a silent peer is gone: reads then fail with ETIMEDOUT. std::nullopt: does not
    /// ask it, as every stream begins.
    void set_keepalive(std::optional<Keepalive> keepalive) const;

    /// How long what was sent may be without an answer: then the connection fails with ETIMEDOUT.
    /// 0: as long as the system's default, a quarter of an hour or longer.
    /// Source: tcp(7), TCP_USER_TIMEOUT.
    void set_user_timeout(std::chrono::milliseconds limit) const;

    /// For the library.
    explicit Stream(detail::StreamState& state) noexcept : handle_{state} {}
    [[nodiscard]] detail::StreamState& state() const { return *handle_; }
    [[nodiscard]] const detail::StreamHandle& handle() const noexcept { return handle_; }

private:
    void give(std::span<std::string> pieces) const;

    detail::StreamHandle handle_;
};

/// The two names of the one class, as in MicroPython.
using StreamReader = Stream;
using StreamWriter = Stream;

}  // namespace asyncio
