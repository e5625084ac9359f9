// The record, and the failures, of either libgpiod.
#include "gpiod_fake.hpp"

#include <cerrno>
#include <map>
#include <utility>

namespace {

std::vector<std::string>& calls()
{
    static std::vector<std::string> instance;
    return instance;
}

/// The errors of the next calls, by name.
std::map<std::string, std::vector<int>>& failures()
{
    static std::map<std::string, std::vector<int>> instance;
    return instance;
}

std::function<void()>& hook()
{
    static std::function<void()> instance;
    return instance;
}

}  // namespace

void GpiodFake::reset()
{
    calls().clear();
    failures().clear();
    hook() = {};
    reset_chip();
}

void GpiodFake::record(const std::string& call) { calls().push_back(call); }
std::vector<std::string> GpiodFake::take_calls() { return std::exchange(calls(), {}); }

void GpiodFake::fail(const std::string& call, int error, int times)
{
    failures()[call].assign(static_cast<std::size_t>(times), error);
}

void GpiodFake::reset_failures() { failures().clear(); }
void GpiodFake::at_failure(std::function<void()> function) { hook() = std::move(function); }

bool GpiodFake::fails(const std::string& call)
{
    const auto failure = failures().find(call);
    if (failure == failures().end()) {
        return false;
    }
    const int error = failure->second.back();
    failure->second.pop_back();
    if (failure->second.empty()) {
        failures().erase(failure);
    }
    if (hook()) {
        hook()();
    }
    errno = error;
    return true;
}
