// From TOML to Config: every table of the file, key by key.

#include "boardd/config.hpp"
#include "boardd/tls_files.hpp"
#include "boardd/toml_table.hpp"

#include <functional>
#include <set>

namespace boardd {
namespace {

constexpr std::string_view a_list_of_endpoints =
    R"(a list of addresses and ports, as in ["127.0.0.1:8888", "[::1]:8888"])";

constexpr std::string_view a_certificate = R"(certificate = "/etc/boardd/tls/board.pem")";

/// Things that may stand in one place of the file only.
using Taken = std::set<std::string>;

/// What is expected instead of an endpoint; nothing if it may be used.
using Objection = std::function<std::string(const Endpoint&)>;

std::string loopback_only(const Endpoint& endpoint, std::string_view instead)
{
    if (endpoint.loopback()) {
        return "";
    }
    const std::string port = std::to_string(endpoint.port);
    return "a loopback address, because whoever connects drives the pins; use \"127.0.0.1:" + port +
           "\" or a Unix socket, and reach it with 'ssh -L " + port + ":localhost:" + port +
           " HOST'" + std::string{instead};
}

/// Which keys of [tls] are there, whether they are good or not: then they are not missing.
struct TlsKeys {
    bool certificate = false;
    bool client_ca = false;
};

std::string certificates_first(const Endpoint& endpoint, const TlsKeys& tls)
{
    if (!tls.certificate) {
        return "the key 'certificate' in [tls], as in " + std::string{a_certificate};
    }
    if (!endpoint.loopback() && !tls.client_ca) {
        return "the key 'client_ca' in [tls], so that only those with a certificate of yours drive "
               "the pins; or a loopback address";
    }
    return "";
}

void read_endpoints(const TomlTable& table, std::string_view key, std::vector<Endpoint>& endpoints,
                    Taken& taken, const Objection& objection_to)
{
    const auto items = table.strings(key, a_list_of_endpoints);
    if (!items) {
        return;
    }
    endpoints.clear();
    for (const TomlTable::Item& item : *items) {
        const std::optional<Endpoint> endpoint = parse_endpoint(item.text);
        const std::string objection = endpoint ? objection_to(*endpoint) : "";
        if (!endpoint) {
            table.expected(key, *item.node,
                           R"(an address and a port, as in "127.0.0.1:8888" or "[::1]:8888")");
        } else if (!objection.empty()) {
            table.expected(key, *item.node, objection);
        } else if (endpoint->port != 0 && !taken.insert(endpoint->to_string()).second) {
            table.expected(key, *item.node, "an address that is not listed twice");
        } else {
            endpoints.push_back(*endpoint);
        }
    }
}

void read_unix_path(const TomlTable& table, std::string& unix_path, Taken& taken)
{
    constexpr std::size_t longest = 107;  // sizeof sockaddr_un::sun_path, less the final NUL.
    std::string path;
    if (!table.read("unix", path)) {
        return;
    }
    const bool absolute = path.empty() || path.front() == '/';
    if (!absolute || path.size() > longest || path.find('\0') != std::string::npos) {
        table.expected("unix", *table.find("unix"),
                       "an absolute path of at most 107 bytes, or \"\" for none");
    } else if (!path.empty() && !taken.insert(path).second) {
        table.expected("unix", *table.find("unix"), "a path that is not listed twice");
    } else {
        unix_path = path;
    }
}

void read_listen(const TomlTable& file, Config& config, const TlsKeys& tls)
{
    const std::optional<TomlTable> listen = file.table("listen");
    if (!listen) {
        return;
    }
    listen->allow({"pigpio", "text"});
    Taken taken;
    if (const std::optional<TomlTable> pigpio = listen->table("pigpio")) {
        pigpio->allow({"tcp", "unix"});
        read_endpoints(*pigpio, "tcp", config.pigpio_listen.tcp, taken,
                       [](const Endpoint& endpoint) { return loopback_only(endpoint, ""); });
        read_unix_path(*pigpio, config.pigpio_listen.unix_path, taken);
    }
    if (const std::optional<TomlTable> text = listen->table("text")) {
        text->allow({"tcp", "tls", "unix"});
        read_endpoints(*text, "tcp", config.text_listen.tcp, taken, [](const Endpoint& endpoint) {
            return loopback_only(endpoint, "; or use 'tls' in place of 'tcp'");
        });
        read_endpoints(
            *text, "tls", config.text_listen.tls, taken,
            [&tls](const Endpoint& endpoint) { return certificates_first(endpoint, tls); });
        read_unix_path(*text, config.text_listen.unix_path, taken);
    }
}

/// False if the key is there with something that is no path.
bool read_path(const TomlTable& table, std::string_view key, std::string& path)
{
    if (!table.read(key, path)) {
        return table.find(key) == nullptr;
    }
    const bool is_absolute = path.empty() || path.front() == '/';
    const bool is_path = is_absolute && path.find('\0') == std::string::npos;
    if (!is_path) {
        table.expected(key, *table.find(key), "an absolute path, or \"\" for none");
    }
    return is_path;
}

/// Is there a path for a key, be it good or not?
bool is_given(const TomlTable& table, std::string_view key)
{
    const toml::node* node = table.find(key);
    return node != nullptr && !(node->is_string() && node->as_string()->get().empty());
}

TlsKeys read_tls(const TomlTable& file, TlsConfig& tls)
{
    using Version = asyncio::TLSVersion;
    const std::optional<TomlTable> table = file.table("tls");
    if (!table) {
        const bool is_no_table = file.find("tls") != nullptr;
        return {is_no_table, is_no_table};
    }
    table->allow({"certificate", "key", "client_ca", "client_crl", "minimum_version"});
    table->read<Version>("minimum_version", tls.minimum_version,
                         {{"1.2", Version::TLSv1_2}, {"1.3", Version::TLSv1_3}});
    bool good = read_path(*table, "certificate", tls.certificate);
    good = read_path(*table, "key", tls.key) && good;
    good = read_path(*table, "client_ca", tls.client_ca) && good;
    good = read_path(*table, "client_crl", tls.client_crl) && good;
    const TlsKeys keys{is_given(*table, "certificate"), is_given(*table, "client_ca")};
    if (!tls.client_crl.empty() && !keys.client_ca) {
        table->expected("client_crl", *table->find("client_crl"),
                        "the key 'client_ca' in the same table");
        good = false;
    }
    if (!keys.certificate && (is_given(*table, "key") || keys.client_ca)) {
        table->complain("expected the key 'certificate', as in " + std::string{a_certificate});
    }
    if (!good || !keys.certificate) {
        return keys;
    }
    try {
        tls.context = load_tls(tls);
    } catch (const TlsFileError& error) {
        table->refuse(error.key(), error.what());
    }
    return keys;
}

bool is_alias(std::string_view name)
{
    constexpr std::size_t longest = 64;
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    return !name.empty() && name.size() <= longest &&
           name.find_first_not_of(allowed) == std::string_view::npos &&
           name.find_first_not_of(digits) != std::string_view::npos;
}

/// `line = 17` or `line = "GPIO17"`, as text; empty if it is neither.
std::string read_line(const TomlTable& table)
{
    constexpr std::int64_t most = 1023;
    const toml::node* node = table.find("line");
    if (node == nullptr) {
        table.complain("expected the key 'line', as in line = 17 or line = \"GPIO17\"");
        return {};
    }
    if (const auto* number = node->as_integer(); number != nullptr) {
        if (number->get() >= 0 && number->get() <= most) {
            return std::to_string(number->get());
        }
    } else if (const auto* name = node->as_string(); name != nullptr && !name->get().empty()) {
        return name->get();
    }
    table.expected("line", *node, "a number from 0 to 1023, or a line's name in quotes");
    return {};
}

/// Complains about a key that means nothing with the pin's mode.
void only_with(const TomlTable& table, std::string_view key, bool sensible, std::string_view modes)
{
    if (const toml::node* node = table.find(key); node != nullptr && !sensible) {
        table.expected(key, *node, "mode = " + std::string{modes} + " in the same table");
    }
}

PinConfig read_pin(const std::string& alias, const TomlTable& table, Taken& taken)
{
    using OptionalMode = std::optional<PinMode>;
    table.allow({"line", "mode", "pull", "active_low", "on_start", "on_stop"});

    PinConfig pin;
    pin.alias = alias;
    pin.line_number = table.line_number();
    if (!is_alias(alias)) {
        table.complain("expected a name of at most 64 letters, digits, '_', '-' and '.', which is "
                       "not a number");
    }
    pin.line = read_line(table);
    if (!pin.line.empty() && !taken.insert(pin.line).second) {
        table.expected("line", *table.find("line"), "a line that no other pin has");
    }
    table.read<OptionalMode>(
        "mode", pin.mode,
        {{"in", PinMode::in}, {"out", PinMode::out}, {"open_drain", PinMode::open_drain}});
    table.read<PinPull>("pull", pin.pull,
                        {{"off", PinPull::off}, {"up", PinPull::up}, {"down", PinPull::down}});
    table.read("active_low", pin.active_low);
    table.read<bool>("on_start", pin.on_start_high, {{"low", false}, {"high", true}});
    table.read<OnStop>("on_stop", pin.on_stop,
                       {{"keep", OnStop::keep},
                        {"low", OnStop::low},
                        {"high", OnStop::high},
                        {"input", OnStop::input}});

    const bool is_output = pin.mode == PinMode::out || pin.mode == PinMode::open_drain;
    const bool can_pull = pin.mode == PinMode::in || pin.mode == PinMode::open_drain;
    only_with(table, "pull", can_pull || pin.pull == PinPull::off, R"("in" or "open_drain")");
    only_with(table, "on_start", is_output, R"("out" or "open_drain")");
    return pin;
}

void read_pins(const TomlTable& file, Config& config)
{
    const std::optional<TomlTable> pins = file.table("pins");
    if (!pins) {
        return;
    }
    config.pins.clear();
    Taken taken;
    for (const auto& [alias, table] : pins->tables()) {
        config.pins.emplace(alias, read_pin(alias, table, taken));
    }
}

void read_board(const TomlTable& file, Config& config)
{
    constexpr std::int64_t most = 0xffffffff;
    const std::optional<TomlTable> board = file.table("board");
    if (!board) {
        return;
    }
    board->allow({"backend", "revision"});
    board->read<BoardBackend>("backend", config.backend,
                              {{"auto", BoardBackend::automatic},
                               {"simulated", BoardBackend::simulated},
                               {"gpiod", BoardBackend::gpiod}});
    if (std::int64_t revision = 0; board->read("revision", revision, 0, most)) {
        config.revision = static_cast<std::uint32_t>(revision);
    }
}

void read_pigpio(const TomlTable& file, Config& config)
{
    const std::optional<TomlTable> pigpio = file.table("pigpio");
    if (!pigpio) {
        return;
    }
    pigpio->allow({"sync_reports", "pins"});
    pigpio->read("sync_reports", config.pigpio.sync_reports);
    if (const auto items = pigpio->strings("pins", R"(a list of pins, as in ["lamp", "GPIO17"])")) {
        config.pigpio.pins.emplace();
        for (const TomlTable::Item& item : *items) {
            config.pigpio.pins->push_back(item.text);
        }
    }
}

void read_log(const TomlTable& file, Config& config)
{
    if (const std::optional<TomlTable> log = file.table("log")) {
        log->allow({"level"});
        log->read<LogLevel>("level", config.log_level,
                            {{"debug", LogLevel::debug},
                             {"info", LogLevel::info},
                             {"warning", LogLevel::warning},
                             {"error", LogLevel::error}});
    }
}

void read_limits(const TomlTable& file, Limits& limits)
{
    const std::optional<TomlTable> table = file.table("limits");
    if (!table) {
        return;
    }
    table->allow({"connections", "connections_per_address", "line_length", "buffered_bytes",
                  "idle_seconds", "handshake_seconds"});
    const auto read = [&table](std::string_view key, std::size_t& value, std::int64_t least,
                               std::int64_t most) {
        if (std::int64_t number = 0; table->read(key, number, least, most)) {
            value = static_cast<std::size_t>(number);
        }
    };
    read("connections", limits.connections, 1, 10'000);
    read("connections_per_address", limits.connections_per_address, 1, 10'000);
    read("line_length", limits.line_length, 64, 65'536);
    read("buffered_bytes", limits.buffered_bytes, 4'096, 16'777'216);
    if (std::int64_t seconds = 0; table->read("idle_seconds", seconds, 0, 31'536'000)) {
        limits.idle_ms = seconds * 1000;
    }
    if (std::int64_t seconds = 0; table->read("handshake_seconds", seconds, 1, 300)) {
        limits.handshake_ms = seconds * 1000;
    }
}

}  // namespace

ParsedConfig parse_config(std::string_view toml, const std::string& file, const Config& defaults)
{
    ErrorList errors{file};
    ParsedConfig parsed{defaults, {}};
    try {
        const toml::table root = toml::parse(toml, file);
        const TomlTable table{root, {}, errors};
        table.allow({"listen", "tls", "pins", "board", "pigpio", "log", "limits"});
        const TlsKeys tls = read_tls(table, parsed.config.tls);
        read_listen(table, parsed.config, tls);
        read_pins(table, parsed.config);
        read_board(table, parsed.config);
        read_pigpio(table, parsed.config);
        read_log(table, parsed.config);
        read_limits(table, parsed.config.limits);
    } catch (const toml::parse_error& error) {
        // What follows a syntax error cannot be read, so it is the only one.
        errors.add(error.source(), std::string{error.description()});
    }
    parsed.errors = errors.take();
    return parsed;
}

}  // namespace boardd
