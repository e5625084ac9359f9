#pragma once

#include <cassert>
#include <cstdint>
#include <utility>

namespace asyncio::detail {

/// A count of owners, for objects that live on one thread: no atomic operations.
class RefCounted {
public:
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;

    void retain() noexcept { ++references_; }
    void release() noexcept
    {
        assert(references_ > 0);
        if (--references_ == 0) {
            destroy();
        }
    }
    [[nodiscard]] std::uint32_t references() const noexcept { return references_; }

protected:
    RefCounted() = default;
    virtual ~RefCounted() = default;

    /// Ends the object when its last owner has let go.
    virtual void destroy() noexcept { delete this; }

private:
    std::uint32_t references_ = 0;
};

/// A shared owner of a RefCounted object; may be empty.
template <typename T>
class Ref {
public:
    Ref() noexcept = default;
    explicit Ref(T* object) noexcept : object_{object}
    {
        if (object_ != nullptr) {
            object_->retain();
        }
    }
    Ref(const Ref& other) noexcept : Ref{other.object_} {}
    Ref(Ref&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}
    template <typename U>
        requires std::is_convertible_v<U*, T*>
    Ref(const Ref<U>& other) noexcept : Ref{other.get()}
    {
    }
    Ref& operator=(Ref other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref()
    {
        if (object_ != nullptr) {
            object_->release();
        }
    }

    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] bool operator==(const Ref& other) const noexcept = default;

private:
    T* object_ = nullptr;
};

template <typename T, typename... Args>
[[nodiscard]] Ref<T> make_ref(Args&&... args)
{
    return Ref<T>{new T(std::forward<Args>(args)...)};
}

}  // namespace asyncio::detail
