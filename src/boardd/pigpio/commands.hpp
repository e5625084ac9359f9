#pragma once

#include "boardd/board.hpp"
#include "boardd/pigpio/message.hpp"
#include "boardd/pigpio/notifications.hpp"
#include "boardd/pigpio/protocol.hpp"
#include "boardd/pigpio/service.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace boardd::pigpio {

/// What the daemon remembers of one connection.
class Client {
public:
    explicit Client(ReportSink& reports) : sink{&reports} {}

    ReportSink* sink;
    /// The level word that BR1 gave it last: what it will compare its first report with.
    std::optional<std::uint32_t> known_levels;
};

/// What a command gives.
class Result {
public:
    Result(std::uint32_t number) : value{number} {}
    Result(Code code) : value{static_cast<std::uint32_t>(code)} {}

    [[nodiscard]] bool failed() const noexcept { return static_cast<std::int32_t>(value) < 0; }

    std::uint32_t value;                ///< The fourth word of the reply.
    Time delay{};                       ///< To wait before the reply, for this client alone.
    std::optional<Notifications::Handle> report_levels;  ///< To report to right after the reply.
    std::string failure;                ///< For the log: what the board refused; or empty.
};

/// The commands of the protocol, without connections: what each does to the board.
///
/// A table says for each command which GPIO it may name and whether that must be exposed; then
/// its own function checks the rest and acts. All checks come before the first act.
class Commands {
public:
    /// Requires: board and notifications outlive this.
    Commands(Board& board, Notifications& notifications, const Options& options);

    /// Performs the request; what goes wrong is in the result. A number without a command gives
    /// UNKNOWN_COMMAND.
    [[nodiscard]] Result execute(const Request& request, Client& client);

private:
    struct Entry;
    static const Entry table[];
    [[nodiscard]] static const Entry* find(std::uint32_t command);

    Result modes(const Request& request, Client& client);
    Result modeg(const Request& request, Client& client);
    Result pud(const Request& request, Client& client);
    Result read(const Request& request, Client& client);
    Result write(const Request& request, Client& client);
    Result pwm(const Request& request, Client& client);
    Result prs(const Request& request, Client& client);
    Result pfs(const Request& request, Client& client);
    Result servo(const Request& request, Client& client);
    Result wdog(const Request& request, Client& client);
    Result br1(const Request& request, Client& client);
    Result br2(const Request& request, Client& client);
    Result bc1(const Request& request, Client& client);
    Result bc2(const Request& request, Client& client);
    Result bs1(const Request& request, Client& client);
    Result bs2(const Request& request, Client& client);
    Result tick(const Request& request, Client& client);
    Result hwver(const Request& request, Client& client);
    Result no(const Request& request, Client& client);
    Result nb(const Request& request, Client& client);
    Result np(const Request& request, Client& client);
    Result nc(const Request& request, Client& client);
    Result prg(const Request& request, Client& client);
    Result pfg(const Request& request, Client& client);
    Result prrg(const Request& request, Client& client);
    Result pigpv(const Request& request, Client& client);
    Result trig(const Request& request, Client& client);
    Result mics(const Request& request, Client& client);
    Result mils(const Request& request, Client& client);
    Result gdc(const Request& request, Client& client);
    Result gpw(const Request& request, Client& client);
    Result hp(const Request& request, Client& client);
    Result fg(const Request& request, Client& client);
    Result fn(const Request& request, Client& client);
    Result noib(const Request& request, Client& client);
    Result evm(const Request& request, Client& client);
    Result evt(const Request& request, Client& client);

    [[nodiscard]] bool exposed(unsigned gpio) const;
    /// The pin of a request whose GPIO is exposed.
    [[nodiscard]] SharedPin& pin(const Request& request) const;
    [[nodiscard]] Result write_bits(unsigned bank, std::uint32_t bits, bool level);

    Board& board_;
    Notifications& notifications_;
    Options options_;
};

}  // namespace boardd::pigpio
