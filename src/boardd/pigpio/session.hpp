#pragma once

#include "boardd/pigpio/commands.hpp"
#include "boardd/pigpio/message.hpp"
#include "boardd/pigpio/notifications.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/stream.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace boardd::pigpio {

/// One client's connection, from its first request to its last.
///
/// Replies come in the order of the requests, each in one write, so that no report can get into
/// one; reports go out at once, also while a request waits. A client that does not read its
/// reports is disconnected when too many are unsent; one that does not read its replies is not
/// read from either. When the session dies its handles are free.
class Session final : private ReportSink {
public:
    /// Requires: commands and notifications outlive the session.
    Session(Commands& commands, Notifications& notifications, const Options& options,
            asyncio::Stream stream);
    ~Session();

    /// Serves the client until it goes or is sent away. Throws CancelledError, nothing else.
    [[nodiscard]] asyncio::Coroutine<> run();

private:
    static constexpr int chunk_size = 4096;          // Bytes per read: at most 256 requests.
    static constexpr unsigned requests_per_turn = 32;
    static constexpr unsigned max_complaints = 16;  // Lines of the log that one client may cause.

    void send_report(const Report& report) noexcept override;
    asyncio::Coroutine<> serve();
    asyncio::Coroutine<> answer_requests();
    void log_refusal(const Request& request, const Result& result);
    void complain(const std::string& message);

    Commands& commands_;
    Notifications& notifications_;
    std::size_t buffered_bytes_;
    asyncio::Stream stream_;
    std::string peer_;
    RequestParser parser_;
    Client client_;
    std::string last_complaint_;
    unsigned complaints_ = 0;
};

}  // namespace boardd::pigpio
