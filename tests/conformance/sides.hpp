#pragma once

#include "conformance/harness.hpp"

#include <string>

namespace conformance {

/// What the server and the client of a program print, each for itself: nothing says which of the
/// two is faster.
class Sides {
public:
    class Side {
    public:
        template <typename... T>
        void print(const T&... values)
        {
            std::string before = std::exchange(printed(), {});
            conformance::print(values...);
            output_ += std::exchange(printed(), std::move(before));
        }

    private:
        friend class Sides;
        std::string output_;
    };

    Side server;
    Side client;

    void show() const
    {
        conformance::print("--- server ---");
        printed() += server.output_;
        conformance::print("--- client ---");
        printed() += client.output_;
    }
};

}  // namespace conformance
