#include "boardd/pigpio/session.hpp"

#include "boardd/log.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>

#include <exception>

namespace boardd::pigpio {

Session::Session(Commands& commands, Notifications& notifications, const Options& options,
                 asyncio::Stream stream)
    : commands_{commands}, notifications_{notifications}, buffered_bytes_{options.buffered_bytes},
      stream_{std::move(stream)}, peer_{stream_.get_extra_info("peername").value_or("")},
      client_{*this}
{
    if (peer_.empty()) {
        peer_ = "at the Unix socket";
    }
}

Session::~Session()
{
    notifications_.close_all(*this);
    stream_.close();
}

asyncio::Coroutine<> Session::run()
{
    try {
        co_await serve();
    } catch (const asyncio::OSError&) {
        // It reset the connection, or send_report() has said why we did.
    } catch (const std::exception& error) {
        log::error("pigpio client " + peer_ + ": " + error.what() + ", closing");
    }
}

asyncio::Coroutine<> Session::serve()
{
    while (true) {
        const std::string bytes = co_await stream_.read(chunk_size);
        if (bytes.empty()) {
            co_return;
        }
        parser_.feed(bytes);
        co_await answer_requests();
        if (parser_.broken()) {
            complain("announced more than " + std::to_string(max_extension) + " bytes, closing");
            stream_.abort();
            co_return;
        }
    }
}

asyncio::Coroutine<> Session::answer_requests()
{
    unsigned answered = 0;
    std::optional<Request> request = parser_.next();
    while (request) {
        const Result result = commands_.execute(*request, client_);
        log_refusal(*request, result);
        if (result.delay > Time{0}) {
            co_await asyncio::sleep(result.delay);
        }
        stream_.write(encode_reply(*request, result.value));
        if (result.report_levels) {
            notifications_.report_levels(*result.report_levels);
        }
        if (++answered % requests_per_turn == 0) {
            co_await stream_.drain();
        }
        request = parser_.next();
    }
    co_await stream_.drain();
}

void Session::send_report(const Report& report) noexcept
{
    try {
        if (stream_.is_closing()) {
            return;
        }
        const std::size_t unsent = stream_.get_write_buffer_size();
        if (unsent + report_size > buffered_bytes_) {
            complain("leaves " + std::to_string(unsent) + " bytes unread, closing");
            stream_.abort();
            return;
        }
        stream_.write(encode(report));
    } catch (const std::exception&) {
        // The connection has failed, which the task that reads from it learns, too.
    }
}

void Session::log_refusal(const Request& request, const Result& result)
{
    if (!result.failure.empty()) {
        complain(result.failure);
    } else if (result.value == static_cast<std::uint32_t>(Code::UNKNOWN_COMMAND)) {
        complain("asked for command " + std::to_string(request.command) + ", which is not offered");
    } else if (result.value == static_cast<std::uint32_t>(Code::NOT_PERMITTED)) {
        complain("command " + std::to_string(request.command) + " on GPIO " +
                 std::to_string(request.p1) + " is not permitted");
    }
}

void Session::complain(const std::string& message)
{
    if (message != last_complaint_ && complaints_ < max_complaints) {
        ++complaints_;
        last_complaint_ = message;
        log::warning("pigpio client " + peer_ + ": " + message);
    }
}

}  // namespace boardd::pigpio
