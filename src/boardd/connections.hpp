#pragma once

#include "boardd/config.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace boardd {

/// Counts the clients of all protocols, and says when there are too many.
class Connections : public std::enable_shared_from_this<Connections> {
public:
    /// The place of one client, which is free again when this object dies. Move-only.
    class Place {
    public:
        Place(std::shared_ptr<Connections> connections, std::string address)
            : connections_{std::move(connections)}, address_{std::move(address)}
        {
        }
        Place(Place&&) noexcept = default;
        Place& operator=(Place&&) = delete;
        ~Place()
        {
            if (connections_) {
                connections_->leave(address_);
            }
        }

    private:
        std::shared_ptr<Connections> connections_;
        std::string address_;
    };

    /// A place for a client from this address (see origin_of()), or none if the limits are reached.
    [[nodiscard]] std::optional<Place> admit(const std::string& address, const Limits& limits)
    {
        std::size_t& from_there = by_address_[address];
        if (count_ >= limits.connections || from_there >= limits.connections_per_address) {
            forget_if_none(address);
            return std::nullopt;
        }
        ++count_;
        ++from_there;
        return Place{shared_from_this(), address};
    }

    [[nodiscard]] std::size_t count() const noexcept { return count_; }

private:
    void leave(const std::string& address)
    {
        --count_;
        --by_address_[address];
        forget_if_none(address);
    }

    void forget_if_none(const std::string& address)
    {
        const auto found = by_address_.find(address);
        if (found != by_address_.end() && found->second == 0) {
            by_address_.erase(found);
        }
    }

    std::map<std::string, std::size_t> by_address_;
    std::size_t count_ = 0;
};

}  // namespace boardd
