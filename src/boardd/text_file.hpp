#pragma once

#include <string>

namespace boardd {

/// All that is in a file. Throws OSError "cannot read 'FILE': <reason>".
[[nodiscard]] std::string read_file(const std::string& file);

}  // namespace boardd
