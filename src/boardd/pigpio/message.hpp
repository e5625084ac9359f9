#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of the pigpio socket protocol. All numbers are little-endian.
namespace boardd::pigpio {

constexpr std::size_t message_size = 16;  ///< Of a request without its extension, and of a reply.
constexpr std::size_t report_size = 12;
constexpr std::size_t max_extension = 65'535;

/// What a client asks for.
class Request {
public:
    Request() = default;
    Request(std::uint32_t the_command, std::uint32_t first, std::uint32_t second,
            std::string more = {})
        : command{the_command}, p1{first}, p2{second}, extension{std::move(more)}
    {
    }

    [[nodiscard]] bool operator==(const Request&) const = default;
    /// The number in the first four bytes of the extension; none if it is shorter.
    [[nodiscard]] std::optional<std::uint32_t> extension_word() const;

    std::uint32_t command = 0;
    std::uint32_t p1 = 0;
    std::uint32_t p2 = 0;
    std::string extension;
};

/// Cuts the bytes of a connection into requests, wherever they were split on their way.
///
/// It holds at most the request that is not complete and what was fed behind it; nothing is
/// allocated for a length that was only announced.
class RequestParser {
public:
    void feed(std::string_view bytes);

    /// The next complete request, or none.
    [[nodiscard]] std::optional<Request> next();

    /// An extension longer than max_extension was announced: the connection is lost, as nobody
    /// can tell where the next request begins. next() gives nothing more.
    [[nodiscard]] bool broken() const noexcept { return broken_; }

    /// Bytes of a request that is not complete.
    [[nodiscard]] std::size_t pending() const noexcept { return bytes_.size() - taken_; }

private:
    std::string bytes_;
    std::size_t taken_ = 0;  // Bytes at the front that are requests already given.
    bool broken_ = false;
};

/// The bytes of a request, for tests.
[[nodiscard]] std::string encode(const Request& request);

/// The reply to a request: its command and parameters again, then the result.
[[nodiscard]] std::string encode_reply(const Request& request, std::uint32_t result);

/// A report, as sent to those who opened a notification.
class Report {
public:
    Report(unsigned the_number, unsigned the_flags, std::uint32_t at, std::uint32_t the_levels)
        : number{static_cast<std::uint16_t>(the_number)},
          flags{static_cast<std::uint16_t>(the_flags)}, tick{at}, levels{the_levels}
    {
    }

    [[nodiscard]] bool operator==(const Report&) const = default;

    std::uint16_t number;  ///< Counts the reports of a handle, from 0.
    std::uint16_t flags;
    std::uint32_t tick;  ///< In microseconds; wraps.
    std::uint32_t levels;  ///< Of GPIO 0 to 31.
};

[[nodiscard]] std::string encode(const Report& report);

}  // namespace boardd::pigpio
