#pragma once

#include <machine/board.hpp>

#include <memory>

namespace machine::detail {

/// Makes this the program's board, for tests; null: it is chosen again at the next use. Throws
/// RuntimeError while lines or LEDs of the present one are in use.
void use_board(std::unique_ptr<Board> board);

}  // namespace machine::detail
