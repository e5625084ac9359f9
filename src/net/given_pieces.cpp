#include "net/given_pieces.hpp"

#include <utility>

namespace asyncio::detail {

void GivenPieces::add(std::string&& piece)
{
    pieces_.push_back(std::move(piece));
    size_ += pieces_.back().size();
}

const msghdr& GivenPieces::message() noexcept
{
    message_.msg_iov = vectors_.data();
    message_.msg_iovlen = 0;
    std::size_t skipped = first_sent_;
    for (std::string& piece : pieces_) {
        if (message_.msg_iovlen == at_once) {
            break;
        }
        vectors_[message_.msg_iovlen++] = {piece.data() + skipped, piece.size() - skipped};
        skipped = 0;
    }
    return message_;
}

void GivenPieces::sent(std::size_t count) noexcept
{
    size_ -= count;
    first_sent_ += count;
    while (!pieces_.empty() && first_sent_ >= pieces_.front().size()) {
        first_sent_ -= pieces_.front().size();
        pieces_.pop_front();
    }
}

}  // namespace asyncio::detail
