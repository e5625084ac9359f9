#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// The numbers of the pigpio socket protocol, with pigpio's names.
namespace boardd::pigpio {

/// The commands that are offered.
enum class Command : std::uint32_t {
    MODES = 0,
    MODEG = 1,
    PUD = 2,
    READ = 3,
    WRITE = 4,
    PWM = 5,
    PRS = 6,
    PFS = 7,
    SERVO = 8,
    WDOG = 9,
    BR1 = 10,
    BR2 = 11,
    BC1 = 12,
    BC2 = 13,
    BS1 = 14,
    BS2 = 15,
    TICK = 16,
    HWVER = 17,
    NO = 18,
    NB = 19,
    NP = 20,
    NC = 21,
    PRG = 22,
    PFG = 23,
    PRRG = 24,
    PIGPV = 26,
    TRIG = 37,
    MICS = 46,
    MILS = 47,
    GDC = 83,
    GPW = 84,
    HP = 86,
    FG = 97,
    FN = 98,
    NOIB = 99,
    EVM = 115,
    EVT = 116,
};

/// Why a command was refused.
enum class Code : std::int32_t {
    BAD_USER_GPIO = -2,
    BAD_GPIO = -3,
    BAD_MODE = -4,
    BAD_LEVEL = -5,
    BAD_PUD = -6,
    BAD_PULSEWIDTH = -7,
    BAD_DUTYCYCLE = -8,
    BAD_WDOG_TIMEOUT = -15,
    BAD_DUTYRANGE = -21,
    NO_HANDLE = -24,
    BAD_HANDLE = -25,
    NOT_PERMITTED = -41,
    SOME_PERMITTED = -42,
    BAD_PULSELEN = -46,
    GPIO_IN_USE = -50,
    BAD_MICS_DELAY = -64,
    BAD_MILS_DELAY = -65,
    UNKNOWN_COMMAND = -88,
    NOT_PWM_GPIO = -92,
    NOT_SERVO_GPIO = -93,
    NOT_HPWM_GPIO = -95,
    BAD_HPWM_DUTY = -97,
    BAD_FILTER = -125,
    BAD_EVENT_ID = -143,
};

constexpr unsigned max_gpio = 53;
constexpr unsigned max_user_gpio = 31;
constexpr std::uint32_t min_servo_us = 500;
constexpr std::uint32_t max_servo_us = 2500;
constexpr std::uint32_t min_range = 25;
constexpr std::uint32_t max_range = 40'000;
constexpr std::uint32_t max_watchdog_ms = 60'000;
constexpr std::uint32_t max_steady_us = 300'000;
constexpr std::uint32_t max_active_us = 1'000'000;
constexpr std::uint32_t max_trigger_us = 100;
constexpr std::uint32_t max_mics = 1'000'000;
constexpr std::uint32_t max_mils = 60'000;
constexpr std::uint32_t max_event = 31;
constexpr std::uint32_t library_version = 79;  ///< What PIGPV answers.

/// Of a report: what it is about.
constexpr unsigned flag_watchdog = 0x20;    ///< + GPIO.
constexpr unsigned flag_keep_alive = 0x40;
constexpr unsigned flag_event = 0x80;       ///< + event.

/// A PWM frequency, and the steps that its period has.
struct PwmFrequency {
    unsigned hz;
    unsigned real_range;
};

/// The frequencies of pigpiod at its default sample rate of 5 us.
constexpr std::array<PwmFrequency, 18> pwm_frequencies{{
    {8000, 25},
    {4000, 50},
    {2000, 100},
    {1600, 125},
    {1000, 200},
    {800, 250},
    {500, 400},
    {400, 500},
    {320, 625},
    {250, 800},
    {200, 1000},
    {160, 1250},
    {100, 2000},
    {80, 2500},
    {50, 4000},
    {40, 5000},
    {20, 10000},
    {10, 20000},
}};

}  // namespace boardd::pigpio
