#include "core/kernel_tls.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace asyncio::detail {
namespace {

constexpr int tls_level = 282;  // SOL_TLS, which Debian 12's C library does not know.

/// How large the keys of a cipher are for the kernel; 0: it is none that we know.
socklen_t size_of_keys(std::uint16_t cipher)
{
    switch (cipher) {
        case TLS_CIPHER_AES_GCM_128: return sizeof(tls12_crypto_info_aes_gcm_128);
        case TLS_CIPHER_AES_GCM_256: return sizeof(tls12_crypto_info_aes_gcm_256);
        case TLS_CIPHER_CHACHA20_POLY1305: return sizeof(tls12_crypto_info_chacha20_poly1305);
        default: return 0;
    }
}

/// The number of the next record lies at the end of the keys, whatever the cipher.
int ask_next_record(int descriptor, std::uint64_t& number)
{
    tls_crypto_info kind{};
    socklen_t length = sizeof kind;
    if (::getsockopt(descriptor, tls_level, TLS_TX, &kind, &length) != 0) {
        return -errno;
    }
    std::array<unsigned char, 256> keys{};
    length = size_of_keys(kind.cipher_type);
    if (length == 0) {
        return -EOPNOTSUPP;
    }
    if (::getsockopt(descriptor, tls_level, TLS_TX, keys.data(), &length) != 0) {
        return -errno;
    }
    number = 0;
    for (std::size_t i = length - sizeof number; i < length; ++i) {
        number = number << 8 | keys.at(i);
    }
    ::explicit_bzero(keys.data(), keys.size());
    return 0;
}

int ask_acknowledged(int descriptor, std::uint64_t& bytes)
{
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
        return -errno;
    }
    bytes = info.tcpi_bytes_acked;
    return 0;
}

}  // namespace

int send_record(int descriptor, std::span<const std::byte> data, std::uint8_t record_type) noexcept
{
    iovec what{const_cast<std::byte*>(data.data()), data.size()};
    msghdr message{};
    message.msg_iov = &what;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof record_type)> control{};
    if (record_type != 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = tls_level;
        header->cmsg_type = TLS_SET_RECORD_TYPE;
        header->cmsg_len = CMSG_LEN(sizeof record_type);
        *CMSG_DATA(header) = record_type;
    }
    const ssize_t sent = ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent >= 0 ? static_cast<int>(sent) : -errno;
}

int start_kernel_tls(int descriptor, std::span<const std::byte> keys) noexcept
{
    constexpr std::array<char, 4> protocol{"tls"};
    if (::setsockopt(descriptor, IPPROTO_TCP, TCP_ULP, protocol.data(), protocol.size()) != 0 ||
        ::setsockopt(descriptor, tls_level, TLS_TX, keys.data(),
                     static_cast<socklen_t>(keys.size())) != 0) {
        return -errno;
    }
    return 0;
}

int ask_kernel_tls(int descriptor, Encrypted& so_far) noexcept
{
    // Between the questions more may be acknowledged; then they are asked again.
    std::uint64_t acknowledged = 0;
    int error = ask_acknowledged(descriptor, acknowledged);
    for (std::uint64_t before = ~acknowledged; error == 0 && acknowledged != before;) {
        before = acknowledged;
        int queued = 0;
        if (::ioctl(descriptor, SIOCOUTQ, &queued) != 0) {
            return -errno;
        }
        so_far.bytes = acknowledged + static_cast<std::uint64_t>(queued);
        error = ask_acknowledged(descriptor, acknowledged);
    }
    return error != 0 ? error : ask_next_record(descriptor, so_far.records);
}

}  // namespace asyncio::detail
