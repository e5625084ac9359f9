// libgpiod 2.
#include "gpiod_fake.hpp"
#include "machine/kernel_value.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <gpiod.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

struct gpiod_chip {
    std::string path;
};

struct gpiod_chip_info {};

struct gpiod_line_settings {
    gpiod_line_direction direction = GPIOD_LINE_DIRECTION_AS_IS;
    gpiod_line_edge edges = GPIOD_LINE_EDGE_NONE;
    gpiod_line_bias bias = GPIOD_LINE_BIAS_AS_IS;
    gpiod_line_drive drive = GPIOD_LINE_DRIVE_PUSH_PULL;
    bool active_low = false;
    unsigned long debounce = 0;
    int value = 0;
};

struct gpiod_line_config {
    unsigned offset = 0;
    gpiod_line_settings settings;
};

struct gpiod_request_config {
    std::string consumer;
    std::size_t buffer = 0;
};

struct gpiod_edge_event {
    bool rising = false;
    std::uint64_t timestamp = 0;
    unsigned long number = 0;
};

struct gpiod_edge_event_buffer {
    std::vector<gpiod_edge_event> events;
};

struct gpiod_line_info {
    std::string name;
    std::string consumer;
    bool occupied = false;   // By another process.
    bool requested = false;  // By us.
    bool output = false;
    gpiod_line_settings settings;
    int level = 0;
    int pipe[2] = {-1, -1};
    unsigned long events = 0;
};

struct gpiod_line_request {
    unsigned offset = 0;
};

namespace {

constexpr unsigned line_count = 8;

struct Fake {
    std::array<gpiod_line_info, line_count> lines;
    std::function<void()> meanwhile;  // Happens during the next call that changes a line.
    int chips = 0;
    int objects = 0;  // Settings, configurations and so on that nobody has freed.
    std::string label = "fake-pinctrl";
};

Fake& fake()
{
    static Fake instance;
    return instance;
}

template <typename T, typename... Args>
T* made(Args&&... args)
{
    ++fake().objects;
    return new T{std::forward<Args>(args)...};
}

template <typename T>
void freed(T* object)
{
    --fake().objects;
    delete object;
}

int refuse(int error)
{
    errno = error;
    return -1;
}

std::string words(const gpiod_line_settings& settings)
{
    std::string text;
    switch (settings.direction) {
        case GPIOD_LINE_DIRECTION_AS_IS: text = "as-is"; break;
        case GPIOD_LINE_DIRECTION_INPUT:
            text = settings.edges == GPIOD_LINE_EDGE_BOTH ? "both-edges" : "input";
            break;
        case GPIOD_LINE_DIRECTION_OUTPUT: text = "output=" + std::to_string(settings.value); break;
    }
    text += settings.drive == GPIOD_LINE_DRIVE_OPEN_DRAIN    ? " open-drain"
            : settings.drive == GPIOD_LINE_DRIVE_OPEN_SOURCE ? " open-source"
                                                             : "";
    text += settings.active_low ? " active-low" : "";
    text += settings.bias == GPIOD_LINE_BIAS_DISABLED    ? " bias-disabled"
            : settings.bias == GPIOD_LINE_BIAS_PULL_DOWN ? " bias-down"
            : settings.bias == GPIOD_LINE_BIAS_PULL_UP   ? " bias-up"
                                                         : "";
    return settings.debounce == 0 ? text : text + " debounce=" + std::to_string(settings.debounce);
}

/// The kernel's rules; 0 or an errno.
int check(const gpiod_line_settings& settings)
{
    const bool input = settings.direction == GPIOD_LINE_DIRECTION_INPUT;
    const bool output = settings.direction == GPIOD_LINE_DIRECTION_OUTPUT;
    const bool bad = (settings.drive != GPIOD_LINE_DRIVE_PUSH_PULL && !output) ||
                     (settings.bias != GPIOD_LINE_BIAS_AS_IS && !input && !output) ||
                     (settings.edges != GPIOD_LINE_EDGE_NONE && !input) ||
                     (settings.debounce != 0 && !input);
    return bad ? EINVAL : 0;
}

void apply(gpiod_line_info& line, const gpiod_line_settings& settings)
{
    line.settings = settings;
    if (settings.direction == GPIOD_LINE_DIRECTION_OUTPUT) {
        line.output = true;
        line.level = (settings.value != 0) != settings.active_low ? 1 : 0;
    } else if (settings.direction == GPIOD_LINE_DIRECTION_INPUT) {
        line.output = false;
    }
}

gpiod_line_info& line_of(gpiod_line_request* request) { return fake().lines.at(request->offset); }

}  // namespace

void GpiodFake::reset_chip() { fake() = Fake{}; }
std::string GpiodFake::version() { return "2.2.fake"; }

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
    gpiod_line_info& info = fake().lines.at(line);
    if (info.settings.edges != GPIOD_LINE_EDGE_BOTH) {
        return;
    }
    const gpiod_edge_event event{rising, static_cast<std::uint64_t>(at.count()),
                                 ++info.events & 0xffff'ffff};  // The kernel has 32 bits for it.
    if (::write(info.pipe[1], &event, sizeof event) != sizeof event) {
        throw std::runtime_error{"the fake's pipe is full or closed"};
    }
}

void GpiodFake::edge_meanwhile(unsigned line, bool rising, std::chrono::nanoseconds at)
{
    fake().meanwhile = [=] { edge(line, rising, at); };
}

void GpiodFake::drop_edges(unsigned line, unsigned count) { fake().lines.at(line).events += count; }

void GpiodFake::make_output(unsigned line, int level)
{
    fake().lines.at(line).output = true;
    fake().lines.at(line).level = level;
}

void GpiodFake::make_input(unsigned line) { fake().lines.at(line).output = false; }

void GpiodFake::name(unsigned line, const std::string& name) { fake().lines.at(line).name = name; }
void GpiodFake::label(const std::string& label) { fake().label = label; }
int GpiodFake::open_chips() { return fake().chips + fake().objects; }

int GpiodFake::requested_lines()
{
    return static_cast<int>(
        std::ranges::count_if(fake().lines, [](const auto& line) { return line.requested; }));
}

bool machine::detail::set_kernel_value(int descriptor, bool value) noexcept
{
    auto& lines = fake().lines;
    const auto line = std::ranges::find_if(lines, [descriptor](const gpiod_line_info& one) {
        return one.requested && one.pipe[0] == descriptor;
    });
    GpiodFake::record("set " + std::to_string(line - lines.begin()) + (value ? " 1" : " 0"));
    if (GpiodFake::fails("set")) {
        return false;
    }
    if (!line->output) {
        return refuse(EPERM) == 0;
    }
    line->level = value != line->settings.active_low ? 1 : 0;
    return true;
}

extern "C" {

const char* gpiod_api_version() { return "2.2.fake"; }

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

gpiod_chip_info* gpiod_chip_get_info(gpiod_chip*) { return made<gpiod_chip_info>(); }
void gpiod_chip_info_free(gpiod_chip_info* info) { freed(info); }
const char* gpiod_chip_info_get_label(gpiod_chip_info*) { return fake().label.c_str(); }
std::size_t gpiod_chip_info_get_num_lines(gpiod_chip_info*) { return line_count; }

gpiod_line_info* gpiod_chip_get_line_info(gpiod_chip*, unsigned offset)
{
    return GpiodFake::fails("update") ? nullptr : made<gpiod_line_info>(fake().lines.at(offset));
}
void gpiod_line_info_free(gpiod_line_info* info) { freed(info); }
const char* gpiod_line_info_get_name(gpiod_line_info* info)
{
    return info->name.empty() ? nullptr : info->name.c_str();
}
const char* gpiod_line_info_get_consumer(gpiod_line_info* info)
{
    return info->consumer.empty() ? nullptr : info->consumer.c_str();
}
bool gpiod_line_info_is_used(gpiod_line_info* info) { return info->occupied || info->requested; }
gpiod_line_direction gpiod_line_info_get_direction(gpiod_line_info* info)
{
    return info->output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT;
}
bool gpiod_line_info_is_active_low(gpiod_line_info* info) { return info->settings.active_low; }
gpiod_line_bias gpiod_line_info_get_bias(gpiod_line_info* info)
{
    return info->settings.bias == GPIOD_LINE_BIAS_AS_IS ? GPIOD_LINE_BIAS_UNKNOWN
                                                        : info->settings.bias;
}

gpiod_line_settings* gpiod_line_settings_new() { return made<gpiod_line_settings>(); }
void gpiod_line_settings_free(gpiod_line_settings* settings) { freed(settings); }
int gpiod_line_settings_set_direction(gpiod_line_settings* settings, gpiod_line_direction direction)
{
    settings->direction = direction;
    return 0;
}
int gpiod_line_settings_set_edge_detection(gpiod_line_settings* settings, gpiod_line_edge edges)
{
    settings->edges = edges;
    return 0;
}
int gpiod_line_settings_set_bias(gpiod_line_settings* settings, gpiod_line_bias bias)
{
    settings->bias = bias;
    return 0;
}
int gpiod_line_settings_set_drive(gpiod_line_settings* settings, gpiod_line_drive drive)
{
    settings->drive = drive;
    return 0;
}
void gpiod_line_settings_set_active_low(gpiod_line_settings* settings, bool active_low)
{
    settings->active_low = active_low;
}
void gpiod_line_settings_set_debounce_period_us(gpiod_line_settings* settings, unsigned long period)
{
    settings->debounce = period;
}
int gpiod_line_settings_set_output_value(gpiod_line_settings* settings, gpiod_line_value value)
{
    settings->value = value == GPIOD_LINE_VALUE_ACTIVE ? 1 : 0;
    return 0;
}

gpiod_line_config* gpiod_line_config_new() { return made<gpiod_line_config>(); }
void gpiod_line_config_free(gpiod_line_config* config) { freed(config); }
int gpiod_line_config_add_line_settings(gpiod_line_config* config, const unsigned* offsets,
                                        std::size_t count, gpiod_line_settings* settings)
{
    if (count != 1) {
        return refuse(EINVAL);
    }
    config->offset = *offsets;
    config->settings = *settings;
    return 0;
}

gpiod_request_config* gpiod_request_config_new() { return made<gpiod_request_config>(); }
void gpiod_request_config_free(gpiod_request_config* config) { freed(config); }
void gpiod_request_config_set_consumer(gpiod_request_config* config, const char* consumer)
{
    config->consumer = consumer;
}
void gpiod_request_config_set_event_buffer_size(gpiod_request_config* config, std::size_t size)
{
    config->buffer = size;
}

gpiod_line_request* gpiod_chip_request_lines(gpiod_chip*, gpiod_request_config* request,
                                             gpiod_line_config* config)
{
    gpiod_line_info& line = fake().lines.at(config->offset);
    GpiodFake::record("request " + std::to_string(config->offset) + ' ' + words(config->settings));
    if (GpiodFake::fails("request")) {
        return nullptr;
    }
    const int error = line.occupied || line.requested ? EBUSY : check(config->settings);
    if (error != 0 || ::pipe2(line.pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        errno = error != 0 ? error : errno;
        return nullptr;
    }
    line.requested = true;
    line.consumer = request->consumer;
    line.events = 0;
    apply(line, config->settings);
    return made<gpiod_line_request>(config->offset);
}

void gpiod_line_request_release(gpiod_line_request* request)
{
    gpiod_line_info& line = line_of(request);
    GpiodFake::record("release " + std::to_string(request->offset));
    ::close(line.pipe[0]);
    ::close(line.pipe[1]);
    line.requested = false;
    line.consumer.clear();
    line.settings.edges = GPIOD_LINE_EDGE_NONE;
    freed(request);
}

int gpiod_line_request_reconfigure_lines(gpiod_line_request* request, gpiod_line_config* config)
{
    GpiodFake::record("configure " + std::to_string(config->offset) + ' ' +
                      words(config->settings));
    if (const auto meanwhile = std::exchange(fake().meanwhile, nullptr)) {
        meanwhile();
    }
    if (GpiodFake::fails("configure")) {
        return -1;
    }
    if (const int error = check(config->settings); error != 0) {
        return refuse(error);
    }
    apply(line_of(request), config->settings);
    return 0;
}

gpiod_line_value gpiod_line_request_get_value(gpiod_line_request* request, unsigned)
{
    if (GpiodFake::fails("get")) {
        return GPIOD_LINE_VALUE_ERROR;
    }
    const gpiod_line_info& line = line_of(request);
    return (line.level != 0) != line.settings.active_low ? GPIOD_LINE_VALUE_ACTIVE
                                                         : GPIOD_LINE_VALUE_INACTIVE;
}

int gpiod_line_request_get_fd(gpiod_line_request* request) { return line_of(request).pipe[0]; }

gpiod_edge_event_buffer* gpiod_edge_event_buffer_new(std::size_t)
{
    return made<gpiod_edge_event_buffer>();
}
void gpiod_edge_event_buffer_free(gpiod_edge_event_buffer* buffer) { freed(buffer); }
gpiod_edge_event* gpiod_edge_event_buffer_get_event(gpiod_edge_event_buffer* buffer,
                                                    unsigned long index)
{
    return &buffer->events.at(index);
}

int gpiod_line_request_read_edge_events(gpiod_line_request* request,
                                        gpiod_edge_event_buffer* buffer, std::size_t count)
{
    if (GpiodFake::fails("events")) {
        return -1;
    }
    buffer->events.resize(count);
    const ssize_t size =
        ::read(line_of(request).pipe[0], buffer->events.data(), count * sizeof(gpiod_edge_event));
    return size < 0 ? -1
                    : static_cast<int>(static_cast<std::size_t>(size) / sizeof(gpiod_edge_event));
}

gpiod_edge_event_type gpiod_edge_event_get_event_type(gpiod_edge_event* event)
{
    return event->rising ? GPIOD_EDGE_EVENT_RISING_EDGE : GPIOD_EDGE_EVENT_FALLING_EDGE;
}
std::uint64_t gpiod_edge_event_get_timestamp_ns(gpiod_edge_event* event)
{
    return event->timestamp;
}
unsigned long gpiod_edge_event_get_line_seqno(gpiod_edge_event* event) { return event->number; }

}  // extern "C"
