#pragma once

namespace boardd {

/// The version of this daemon, as the build says it: "0.1.0".
inline constexpr const char* version = BOARDD_VERSION;

}  // namespace boardd
