#pragma once

#include "boardd/endpoint.hpp"

#include <asyncio/ssl.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace boardd {

/// Which way a line is driven.
enum class PinMode : std::uint8_t { in, out, open_drain };

/// The resistor on an input or an open-drain output.
enum class PinPull : std::uint8_t { off, up, down };

/// What becomes of an output when boardd stops.
enum class OnStop : std::uint8_t { keep, low, high, input };

/// Which board boardd holds: `automatic` takes hardware where there is some, else simulates.
enum class BoardBackend : std::uint8_t { automatic, simulated, gpiod };

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// `[pins.ALIAS]`: a line of the board that has a name and maybe a mode.
///
/// Levels are those of the wire: `active_low` does not turn `on_start` and `on_stop` around, so
/// that the safe level of a relay can be read from its circuit diagram.
struct PinConfig {
    std::string alias;             ///< The key: "lamp" of [pins.lamp].
    std::string line;              ///< As written: "17" or "GPIO17". Resolved by the board.
    std::optional<PinMode> mode;   ///< None: left as it is until a client sets it.
    PinPull pull = PinPull::off;   ///< Only with mode "in" or "open_drain".
    bool active_low = false;       ///< Value 1 is level 0. For text clients and machine::Pin.
    bool on_start_high = false;    ///< Level of an output from its first moment on.
    OnStop on_stop = OnStop::keep; ///< Level of an output when boardd stops.
    std::size_t line_number = 0;   ///< Where in the file: for messages about this pin.

    [[nodiscard]] bool operator==(const PinConfig&) const = default;
};

/// `[listen.pigpio]`, `[listen.text]`: where one protocol is served.
struct ListenConfig {
    std::vector<Endpoint> tcp;  ///< Loopback only.
    std::vector<Endpoint> tls;  ///< For text only. Others than loopback ask for a certificate.
    std::string unix_path;      ///< Empty: no Unix socket.

    [[nodiscard]] bool operator==(const ListenConfig&) const = default;
};

/// `[tls]`: what boardd shows to those who connect with TLS, and whom of them it trusts.
struct TlsConfig {
    std::string certificate;  ///< A path; empty: there is no TLS.
    std::string key;          ///< A path; empty: it is in the certificate's file.
    std::string client_ca;    ///< A path; empty: clients need no certificate.
    std::string client_crl;   ///< A path; empty: none of them was revoked. Only with client_ca.
    asyncio::TLSVersion minimum_version = asyncio::TLSVersion::TLSv1_3;
    /// What was in the files when the configuration was read; none without a certificate.
    std::optional<asyncio::SSLContext> context;
};

/// `[pigpio]`: peculiarities of that protocol.
struct PigpioConfig {
    /// Report changes to all who may have just begun to watch, so that no client misses its
    /// first edge.
    bool sync_reports = true;
    /// The pins that pigpio's clients may use, as the board knows them; none: GPIO 2 to 27.
    std::optional<std::vector<std::string>> pins;

    [[nodiscard]] bool operator==(const PigpioConfig&) const = default;
};

/// `[limits]`: on everything that a client can make grow.
struct Limits {
    std::size_t connections = 256;              ///< Of all protocols together.
    std::size_t connections_per_address = 192;  ///< The Unix sockets count as one address.
    std::size_t line_length = 4096;             ///< Bytes of a text command.
    std::size_t buffered_bytes = 65536;         ///< Not yet taken by one client.
    std::int64_t idle_ms = 0;  ///< A text client that asks and watches nothing; 0: for ever.
    std::int64_t handshake_ms = 10'000;  ///< A TLS handshake.

    [[nodiscard]] bool operator==(const Limits&) const = default;
};

/// All that boardd can be told. Built-in defaults are those of a boardd without a file.
struct Config {
    ListenConfig pigpio_listen;
    ListenConfig text_listen;
    TlsConfig tls;
    std::map<std::string, PinConfig, std::less<>> pins;  ///< By alias.
    BoardBackend backend = BoardBackend::automatic;
    /// The Raspberry Pi revision code told to pigpio's clients; none: that of a Raspberry Pi 3B.
    std::optional<std::uint32_t> revision;
    LogLevel log_level = LogLevel::info;
    PigpioConfig pigpio;
    Limits limits;

    /// The built-in defaults: both protocols on loopback, and the text protocol on boardd.sock in
    /// `runtime_directory` if that is not empty.
    [[nodiscard]] static Config defaults(std::string_view runtime_directory);
};

/// Something wrong in a configuration: "FILE:LINE: message".
struct ConfigError {
    std::string file;
    std::size_t line = 0;
    std::string message;

    [[nodiscard]] std::string to_string() const;
};

/// A configuration, and everything that is wrong with it.
struct ParsedConfig {
    Config config;
    std::vector<ConfigError> errors;  ///< In the order of the file; empty: it is good.
};

/// Reads TOML. `file` is for the messages only; keys that are absent keep `defaults`.
[[nodiscard]] ParsedConfig parse_config(std::string_view toml, const std::string& file,
                                        const Config& defaults);

/// Thrown when a file cannot be read: "cannot read 'FILE': <reason>".
class ConfigUnreadable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads a file. Throws ConfigUnreadable.
[[nodiscard]] ParsedConfig load_config(const std::string& file, const Config& defaults);

}  // namespace boardd
