#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>

namespace asyncio::detail {

/// Strings that were given away, to be sent one behind the other from where they lie.
class GivenPieces {
public:
    GivenPieces() = default;
    GivenPieces(const GivenPieces&) = delete;
    GivenPieces& operator=(const GivenPieces&) = delete;

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// Bytes of all of them that are not sent.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Behind the others. If it throws std::bad_alloc, `piece` is as it was. Requires: not empty.
    void add(std::string&& piece);

    /// The first of them, as many as one call takes. add() leaves it as it is. Requires: there are
    /// some.
    [[nodiscard]] const msghdr& message() noexcept;
    /// So many bytes of message() were sent.
    void sent(std::size_t count) noexcept;

private:
    static constexpr std::size_t at_once = 64;

    std::deque<std::string> pieces_;  // They do not move when others come.
    std::size_t first_sent_ = 0;  // Bytes of the first.
    std::size_t size_ = 0;
    std::array<iovec, at_once> vectors_{};
    msghdr message_{};
};

}  // namespace asyncio::detail
