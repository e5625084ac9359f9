#pragma once

#include <machine/board.hpp>

#include <memory>

namespace machine::detail {

class GpiodSearch;

/// What "auto" means after such a search: the simulated board only where there is no real one.
/// Throws RuntimeError when there is one that this process may not open.
[[nodiscard]] std::unique_ptr<Board> choose_board(GpiodSearch found);

/// Makes this the program's board, for tests; null: it is chosen again at the next use. Throws
/// RuntimeError while lines or LEDs of the present one are in use.
void use_board(std::unique_ptr<Board> board);

}  // namespace machine::detail
