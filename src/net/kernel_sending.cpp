#include "net/kernel_sending.hpp"

#include "net/socket.hpp"

#include <cerrno>

namespace asyncio::detail {
namespace {

constexpr std::uint8_t alert_record = 21;
/// What a record of TLS 1.3 has besides the text: header, type and tag.
constexpr std::uint64_t extra_of_record = 5 + 1 + 16;
/// How often TCP, which has room by then, is asked for the rest before it is believed to be lost.
constexpr int most_tries = 10'000;

}  // namespace

bool KernelSending::start(std::string& before, std::span<const std::byte> keys)
{
    Network& network = socket_.network();
    while (!before.empty()) {
        const int sent =
            network.send(socket_.descriptor(), std::as_bytes(std::span{before}), std::uint8_t{0});
        if (sent <= 0) {
            return false;
        }
        before.erase(0, static_cast<std::size_t>(sent));
    }
    if (network.encrypt(socket_.descriptor(), keys) != 0) {
        return false;
    }
    (void)network.encrypted(socket_.descriptor(), at_start_);
    return true;
}

void KernelSending::alert(Alert what) noexcept
{
    if (last_ == Last::none) {
        alert_ = what;
        last_ = Last::waits;
    }
}

int KernelSending::finish() noexcept
{
    if (last_ == Last::waits) {
        const int sent = socket_.network().send(socket_.descriptor(), alert_, alert_record);
        if (sent < 0) {
            return sent == -EINTR ? -EAGAIN : sent;
        }
        last_ = Last::is_sent;
        plain_ += alert_.size();
    }
    return is_out() || ++tries_ > most_tries ? 0 : -EAGAIN;
}

bool KernelSending::is_out() const noexcept
{
    Encrypted now;
    if (socket_.network().encrypted(socket_.descriptor(), now) != 0) {
        return true;  // The connection is gone.
    }
    return now.bytes - at_start_.bytes >=
           plain_ + (now.records - at_start_.records) * extra_of_record;
}

}  // namespace asyncio::detail
