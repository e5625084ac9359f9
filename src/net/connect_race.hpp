#pragma once

#include "net/socket.hpp"

#include <asyncio/clock.hpp>
#include <asyncio/coroutine.hpp>
#include <asyncio/detail/suspension.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/timer.hpp>

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// Several attempts to connect to one host, of which the first to succeed wins.
///
/// They start one after the other: when the one before has failed, or has not ended after
/// `stagger`. The losers are cancelled, and close their descriptors when the kernel lets go.
/// It may lie in a coroutine's frame: the operations belong to the attempts, which outlive it.
/// Source: RFC 8305, "Happy Eyeballs".
class ConnectRace final : private Timer {
public:
    class Won;

    static constexpr std::chrono::milliseconds stagger{250};

    /// `local`: the addresses to connect from, one of the same family; none: the kernel chooses.
    explicit ConnectRace(std::vector<Address> addresses, std::vector<Address> local = {});
    ~ConnectRace();

    /// `co_await race.won();` runs the race. Gives the connected socket; a closed one when all
    /// have failed. Throws CancelledError, when no attempt is left in flight.
    [[nodiscard]] Won won() noexcept;

    class Failure {
    public:
        Failure(const Address& where, int reason) : address{where}, error{reason} {}

        Address address;
        int error;  // An errno.
    };
    /// One for each address, in the order in which they failed.
    [[nodiscard]] const std::vector<Failure>& failures() const noexcept { return failures_; }

private:
    class Attempt;

    void start_next() noexcept;
    void start(const Address& address);
    void stop() noexcept;
    void attempt_ended(Attempt& attempt, int error) noexcept;
    void expire() noexcept override { start_next(); }
    [[nodiscard]] bool over() const noexcept;

    Backend& backend_;
    std::vector<Address> addresses_;
    std::vector<Address> local_;
    std::size_t next_ = 0;  // The address to try next.
    std::vector<Ref<Attempt>> attempts_;  // In flight.
    std::vector<Failure> failures_;
    Socket winner_;
    Won* waiting_ = nullptr;
    bool stopped_ = false;
};

/// Awaiter of won().
class ConnectRace::Won final : public Suspension {
public:
    explicit Won(ConnectRace& race) noexcept : race_{race} {}
    ~Won();

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting);
    [[nodiscard]] Socket await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "connection"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    friend class ConnectRace;

    void finish() noexcept;

    ConnectRace& race_;
};

inline ConnectRace::Won ConnectRace::won() noexcept { return Won{*this}; }

/// The addresses with the families taking turns, beginning with that of the first.
/// Source: RFC 8305 section 4.
[[nodiscard]] std::vector<Address> interleaved(const std::vector<Address>& addresses);

/// Where to connect to, from where, and until when.
class ConnectTarget {
public:
    ConnectTarget(std::string called, std::vector<Address> at)
        : name{std::move(called)}, addresses{std::move(at)}
    {
    }

    std::string name;  // For messages.
    std::string from;  // The same: " from '127.0.0.2:0'".
    std::vector<Address> addresses;
    std::vector<Address> local;  // Empty: the kernel chooses.
    TimeLimit timeout = std::nullopt;  // For messages: what `when` was reckoned from.
    std::optional<Clock::time_point> when;
};

/// Connects to the first of these addresses that can be connected to. Throws OSError "cannot
/// connect to '<name>' ...", which gives each address with its reason; CancelledError.
[[nodiscard]] Coroutine<Socket> connect_any(ConnectTarget target);

}  // namespace asyncio::detail
