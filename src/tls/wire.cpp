#include "tls/wire.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace asyncio::detail {

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

long Wire::control(BIO*, int command, long, void*) noexcept
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace asyncio::detail
