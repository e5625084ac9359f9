#include "tls/wire.hpp"

#include <algorithm>
#include <cstring>
#include <linux/tls.h>
#include <new>
#include <utility>

namespace asyncio::detail {
namespace {

// What OpenSSL asks of a BIO for kernel TLS, in 3.0 to 3.5. openssl/bio.h names them in a comment.
constexpr int set_keys = 72;         // The number is 0 for receiving.
constexpr int set_record_type = 74;  // Of the next write.

/// The keys are what the kernel wants, but for their length; 0: not known.
std::size_t size_of_keys(std::uint16_t cipher)
{
    switch (cipher) {
        case TLS_CIPHER_AES_GCM_128: return sizeof(tls12_crypto_info_aes_gcm_128);
        case TLS_CIPHER_AES_GCM_256: return sizeof(tls12_crypto_info_aes_gcm_256);
        case TLS_CIPHER_CHACHA20_POLY1305: return sizeof(tls12_crypto_info_chacha20_poly1305);
        default: return 0;
    }
}

}  // namespace

const BIO_METHOD* Wire::method()
{
    // Never freed: sessions may outlive every static object.
    static const BIO_METHOD* const shared = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asyncio");
        if (made == nullptr) {
            throw std::bad_alloc{};
        }
        BIO_meth_set_read_ex(made, &Wire::read);
        BIO_meth_set_write_ex(made, &Wire::write);
        BIO_meth_set_ctrl(made, &Wire::control);
        return made;
    }();
    return shared;
}

BioHandle Wire::make_bio()
{
    BioHandle bio{BIO_new(method())};
    if (bio == nullptr) {
        throw std::bad_alloc{};
    }
    BIO_set_data(bio.get(), this);
    BIO_set_init(bio.get(), 1);
    return bio;
}

Wire& Wire::of(BIO* bio) noexcept { return *static_cast<Wire*>(BIO_get_data(bio)); }

int Wire::read(BIO* bio, char* data, std::size_t length, std::size_t* count) noexcept
{
    std::span<const std::byte>& arrived = of(bio).arrived_;
    BIO_clear_retry_flags(bio);
    *count = std::min(length, arrived.size());
    if (*count == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(data, arrived.data(), *count);
    arrived = arrived.subspan(*count);
    return 1;
}

int Wire::write(BIO* bio, const char* data, std::size_t length, std::size_t* count) noexcept
{
    Wire& wire = of(bio);
    BIO_clear_retry_flags(bio);
    *count = 0;
    if (const long type = std::exchange(wire.record_type_, 0)) {
        *count = length;
        return wire.write_record(type, std::as_bytes(std::span{data, length})) ? 1 : 0;
    }
    try {
        if (wire.sent_ != nullptr) {
            wire.sent_->append(data, length);
            *count = length;
            return 1;
        }
    } catch (const std::exception&) {
        wire.out_of_memory_ = true;  // An exception must not pass through C.
    }
    return 0;
}

long Wire::control(BIO* bio, int command, long number, void* pointer) noexcept
{
    Wire& wire = of(bio);
    switch (command) {
        case BIO_CTRL_FLUSH: return 1;
        case set_keys: return number != 0 && wire.offer_keys(pointer) ? 1 : 0;
        case BIO_CTRL_GET_KTLS_SEND: return wire.kernel_sends_ ? 1 : 0;
        case set_record_type: wire.record_type_ = number; return 1;
        default: return 0;
    }
}

bool Wire::offer_keys(const void* keys) noexcept
{
    const auto* const kind = static_cast<const tls_crypto_info*>(keys);
    const std::size_t size = size_of_keys(kind->cipher_type);
    if (kind->version == TLS_1_3_VERSION && size != 0 && output_ != nullptr && !kernel_sends_) {
        kernel_sends_ = output_->encrypt_in_kernel({static_cast<const std::byte*>(keys), size});
        return kernel_sends_;
    }
    return false;
}

bool Wire::write_record(long type, std::span<const std::byte> text) noexcept
{
    if (type == SSL3_RT_ALERT && text.size() == 2) {
        output_->alert({text[0], text[1]});
        return true;
    }
    // After the handshake only new keys are spoken of.
    new_keys_refused_ = true;
    output_->alert({std::byte{SSL3_AL_FATAL}, std::byte{SSL_AD_INTERNAL_ERROR}});
    return false;
}

}  // namespace asyncio::detail
