// libgpiod 1.6.
#include "gpiod_fake.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <gpiod.h>
#include <optional>
#include <unistd.h>
#include <utility>

struct gpiod_line {
    unsigned offset = 0;
    std::string name;
    std::string consumer;
    bool occupied = false;   // By another process.
    bool requested = false;  // By us.
    bool events = false;
    bool output = false;
    bool active_low = false;
    int flags = 0;
    int level = 0;
    int pipe[2] = {-1, -1};
};

struct gpiod_chip {
    std::string path;
};

namespace {

constexpr unsigned line_count = 8;

struct Fake {
    std::array<gpiod_line, line_count> lines;
    int chips = 0;
    std::string label = "fake-pinctrl";
};

Fake& fake()
{
    static Fake instance;
    return instance;
}

int refuse(int error)
{
    errno = error;
    return -1;
}

std::string flag_names(int flags)
{
    std::string text;
    for (const auto& [flag, name] : {std::pair{GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN, " open-drain"},
                                     {GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE, " open-source"},
                                     {GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW, " active-low"},
                                     {GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE, " bias-disabled"},
                                     {GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN, " bias-down"},
                                     {GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP, " bias-up"}}) {
        if ((flags & flag) != 0) {
            text += name;
        }
    }
    return text;
}

std::string type_name(int type, int value)
{
    switch (type) {
        case GPIOD_LINE_REQUEST_DIRECTION_AS_IS: return "as-is";
        case GPIOD_LINE_REQUEST_DIRECTION_INPUT: return "input";
        case GPIOD_LINE_REQUEST_DIRECTION_OUTPUT: return "output=" + std::to_string(value);
        case GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES: return "both-edges";
        default: return "type-" + std::to_string(type);
    }
}

/// The kernel's rules for flags; 0 or an errno.
int check_flags(int type, int flags)
{
    constexpr int biases = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE |
                           GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN |
                           GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    const bool drives_open =
        (flags & (GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN | GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE)) != 0;
    if (drives_open && type != GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) {
        return EINVAL;
    }
    if ((flags & biases) != 0 && type == GPIOD_LINE_REQUEST_DIRECTION_AS_IS) {
        return EINVAL;
    }
    return 0;
}

void apply(gpiod_line& line, int type, int flags, int value)
{
    line.flags = flags;
    line.active_low = (flags & GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW) != 0;
    if (type == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) {
        line.output = true;
        line.level = (value != 0) != line.active_low ? 1 : 0;
    } else if (type != GPIOD_LINE_REQUEST_DIRECTION_AS_IS) {
        line.output = false;
    }
}

void let_go(gpiod_line& line)
{
    if (line.events) {
        ::close(line.pipe[0]);
        ::close(line.pipe[1]);
    }
    line.requested = line.events = false;
    line.consumer.clear();
}

}  // namespace

void GpiodFake::reset_chip()
{
    fake() = Fake{};
    for (unsigned i = 0; i < line_count; ++i) {
        fake().lines[i].offset = i;
    }
}

std::string GpiodFake::version() { return "1.6.fake"; }

void GpiodFake::occupy(unsigned line, const std::string& consumer)
{
    fake().lines.at(line).occupied = true;
    fake().lines.at(line).consumer = consumer;
}

void GpiodFake::vacate(unsigned line)
{
    fake().lines.at(line).occupied = false;
    fake().lines.at(line).consumer.clear();
}

void GpiodFake::put(unsigned line, int level) { fake().lines.at(line).level = level; }

void GpiodFake::edge(unsigned line, bool rising, std::chrono::nanoseconds at)
{
    gpiod_line_event event{};
    event.ts.tv_sec = at.count() / 1'000'000'000;
    event.ts.tv_nsec = at.count() % 1'000'000'000;
    event.event_type = rising ? GPIOD_LINE_EVENT_RISING_EDGE : GPIOD_LINE_EVENT_FALLING_EDGE;
    if (::write(fake().lines.at(line).pipe[1], &event, sizeof event) != sizeof event) {
        throw std::runtime_error{"the fake's pipe is full or closed"};
    }
}

void GpiodFake::edge_meanwhile(unsigned, bool, std::chrono::nanoseconds) {}
void GpiodFake::drop_edges(unsigned, unsigned) {}  // libgpiod 1.6 would not tell.

void GpiodFake::make_output(unsigned line, int level)
{
    fake().lines.at(line).output = true;
    fake().lines.at(line).level = level;
}

void GpiodFake::make_input(unsigned line) { fake().lines.at(line).output = false; }

void GpiodFake::name(unsigned line, const std::string& name) { fake().lines.at(line).name = name; }
void GpiodFake::label(const std::string& label) { fake().label = label; }
int GpiodFake::open_chips() { return fake().chips; }

int GpiodFake::requested_lines()
{
    int count = 0;
    for (const gpiod_line& line : fake().lines) {
        count += line.requested ? 1 : 0;
    }
    return count;
}

extern "C" {

const char* gpiod_version_string() { return "1.6.fake"; }

gpiod_chip* gpiod_chip_open(const char* path)
{
    if (GpiodFake::fails("open")) {
        return nullptr;
    }
    ++fake().chips;
    return new gpiod_chip{path};
}

void gpiod_chip_close(gpiod_chip* chip)
{
    --fake().chips;
    delete chip;
}

const char* gpiod_chip_label(gpiod_chip*) { return fake().label.c_str(); }
unsigned gpiod_chip_num_lines(gpiod_chip*) { return line_count; }
gpiod_line* gpiod_chip_get_line(gpiod_chip*, unsigned offset) { return &fake().lines.at(offset); }

unsigned gpiod_line_offset(gpiod_line* line) { return line->offset; }
int gpiod_line_update(gpiod_line*) { return GpiodFake::fails("update") ? -1 : 0; }
const char* gpiod_line_name(gpiod_line* line)
{
    return line->name.empty() ? nullptr : line->name.c_str();
}
const char* gpiod_line_consumer(gpiod_line* line)
{
    return line->consumer.empty() ? nullptr : line->consumer.c_str();
}
int gpiod_line_direction(gpiod_line* line)
{
    return line->output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT;
}
int gpiod_line_active_state(gpiod_line* line)
{
    return line->active_low ? GPIOD_LINE_ACTIVE_STATE_LOW : GPIOD_LINE_ACTIVE_STATE_HIGH;
}
int gpiod_line_bias(gpiod_line* line)
{
    return (line->flags & GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP) != 0     ? GPIOD_LINE_BIAS_PULL_UP
           : (line->flags & GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN) != 0 ? GPIOD_LINE_BIAS_PULL_DOWN
           : (line->flags & GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE) != 0   ? GPIOD_LINE_BIAS_DISABLE
                                                                         : GPIOD_LINE_BIAS_AS_IS;
}
bool gpiod_line_is_used(gpiod_line* line) { return line->occupied || line->requested; }

int gpiod_line_request(gpiod_line* line, const gpiod_line_request_config* config, int value)
{
    GpiodFake::record("request " + std::to_string(line->offset) + ' ' +
                      type_name(config->request_type, value) + flag_names(config->flags));
    if (GpiodFake::fails("request")) {
        return -1;
    }
    if (line->occupied || line->requested) {
        return refuse(EBUSY);
    }
    if (const int error = check_flags(config->request_type, config->flags); error != 0) {
        return refuse(error);
    }
    line->requested = true;
    line->consumer = config->consumer;
    line->events = config->request_type == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
    if (line->events && ::pipe2(line->pipe, O_CLOEXEC) != 0) {
        return -1;
    }
    apply(*line, config->request_type, config->flags, value);
    return 0;
}

void gpiod_line_release(gpiod_line* line)
{
    if (line->requested) {
        GpiodFake::record("release " + std::to_string(line->offset));
        let_go(*line);
    }
}

int gpiod_line_set_config(gpiod_line* line, int direction, int flags, int value)
{
    GpiodFake::record("configure " + std::to_string(line->offset) + ' ' +
                      type_name(direction, value) + flag_names(flags));
    if (GpiodFake::fails("configure")) {
        return -1;
    }
    if (!line->requested || line->events) {
        return refuse(EPERM);
    }
    if (const int error = check_flags(direction, flags); error != 0) {
        return refuse(error);
    }
    apply(*line, direction, flags, value);
    return 0;
}

int gpiod_line_get_value(gpiod_line* line)
{
    if (GpiodFake::fails("get")) {
        return -1;
    }
    return line->requested ? ((line->level != 0) != line->active_low ? 1 : 0) : refuse(EPERM);
}

int gpiod_line_set_value(gpiod_line* line, int value)
{
    GpiodFake::record("set " + std::to_string(line->offset) + ' ' + std::to_string(value));
    if (GpiodFake::fails("set")) {
        return -1;
    }
    if (!line->requested || line->events || !line->output) {
        return refuse(EPERM);
    }
    line->level = (value != 0) != line->active_low ? 1 : 0;
    return 0;
}

int gpiod_line_event_get_fd(gpiod_line* line)
{
    return line->events ? line->pipe[0] : refuse(EPERM);
}

int gpiod_line_event_read_multiple(gpiod_line* line, gpiod_line_event* events, unsigned count)
{
    if (GpiodFake::fails("events")) {
        return -1;
    }
    if (!line->events) {
        return refuse(EPERM);
    }
    const ssize_t size = ::read(line->pipe[0], events, count * sizeof *events);
    return size < 0 ? -1 : static_cast<int>(static_cast<std::size_t>(size) / sizeof *events);
}

}  // extern "C"
