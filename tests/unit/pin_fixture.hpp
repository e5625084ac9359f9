#pragma once

#include <machine/board.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace pin_tests {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;
using machine::Trigger;
using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

class PinTest : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }
    machine::SimulatedBoard& board() { return machine::simulated_board(); }
};

}  // namespace pin_tests
