#pragma once

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace asyncio {

/// Thrown at a task's await when the task is cancelled.
///
/// Deliberately not a std::exception: `catch (const std::exception&)` must not swallow a
/// cancellation, just as `except Exception` does not in MicroPython. Catch it by name to clean
/// up, then rethrow it; a task that swallows it goes on.
/// Source: MicroPython extmod/asyncio/core.py, CancelledError(BaseException).
class CancelledError final {};

/// Thrown by wait_for() and wait_for_ms() when the time is over.
/// Source: MicroPython extmod/asyncio/core.py, TimeoutError.
class TimeoutError : public std::runtime_error {
public:
    TimeoutError() : std::runtime_error{"the time limit passed before the awaited task ended"} {}
};

/// Thrown by Stream::readexactly() and readuntil() when the stream ends too early.
///
/// `partial` holds the bytes that did arrive, which no other read will return.
/// Source: Python's EOFError and asyncio.IncompleteReadError.
class EOFError : public std::runtime_error {
public:
    EOFError(const std::string& message, std::string received)
        : std::runtime_error{message}, partial{std::move(received)}
    {
    }

    std::string partial;
};

/// An error of the operating system, with its errno in code().value().
/// The message is "cannot <act> '<object>': <reason>".
class OSError : public std::system_error {
public:
    /// `error` is a positive errno, or a code of another category (getaddrinfo's).
    OSError(std::error_code error, const std::string& message) : std::system_error{error, message}
    {
    }
};

/// Misuse of the library that is found at run time, as Python's RuntimeError: awaiting oneself,
/// run() inside a task, releasing a lock that is free.
class RuntimeError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

/// Throws OSError for `error`, a positive errno: "cannot <what>: <reason>".
[[noreturn]] void throw_errno(int error, const std::string& what);

}  // namespace detail
}  // namespace asyncio
