#pragma once

#include <string>

namespace boardd {

/// What a PEM file is to hold.
enum class PemKind { certificate, revocation_list };

/// The blocks of one kind that a PEM file has, at least one; what else is in it is left out, so
/// that nothing is trusted because the wrong file was named. Throws OSError "cannot load revocation
/// list 'FILE': <reason>".
[[nodiscard]] std::string read_pem(PemKind kind, const std::string& file);

}  // namespace boardd
