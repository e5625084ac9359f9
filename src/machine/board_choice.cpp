#include "machine/board_choice.hpp"

#include "machine/backend.hpp"
#include "machine/gpiod_backend.hpp"

#include <asyncio/errors.hpp>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace machine {
namespace {

std::unique_ptr<Board>& current_board()
{
    static std::unique_ptr<Board> board;
    return board;
}

void refuse_if_in_use()
{
    const std::unique_ptr<Board>& current = current_board();
    if (current && current->implementation().use_count() > 1) {
        throw asyncio::RuntimeError{"cannot change the board while its lines or LEDs are in use: " +
                                    current->description()};
    }
}

std::unique_ptr<Board> make_simulated(std::string reason)
{
    return std::make_unique<Board>(detail::make_simulated_backend(), std::move(reason));
}

std::unique_ptr<Board> make_gpiod(detail::GpiodSearch found)
{
    if (!found.backend) {
        throw asyncio::RuntimeError{"there is no gpiod board: " + found.reason};
    }
    return std::make_unique<Board>(std::move(found.backend), "");
}

std::unique_ptr<Board> make_any() { return detail::choose_board(detail::find_gpiod()); }

/// `who` asked for it: "MACHINE_BACKEND", or empty for the program itself.
std::unique_ptr<Board> make_board(std::string_view name, const std::string& who)
{
    if (name == "auto") {
        return make_any();
    }
    if (name == "simulated") {
        return make_simulated(who.empty() ? "as asked for" : "as asked for by " + who);
    }
    if (name == "gpiod") {
        return make_gpiod(detail::find_gpiod());
    }
    throw std::invalid_argument{"cannot use the backend '" + std::string{name} + "'" +
                                (who.empty() ? "" : " of " + who) +
                                ": expected auto, simulated or gpiod"};
}

}  // namespace

Board& board()
{
    std::unique_ptr<Board>& current = current_board();
    if (!current) {
        const char* const name = std::getenv("MACHINE_BACKEND");
        current =
            name == nullptr || *name == '\0' ? make_any() : make_board(name, "MACHINE_BACKEND");
    }
    return *current;
}

void use_backend(std::string_view name)
{
    refuse_if_in_use();
    current_board() = make_board(name, "");
}

std::unique_ptr<Board> detail::choose_board(GpiodSearch found)
{
    if (found.denied && !found.backend) {
        throw asyncio::RuntimeError{"cannot use the board: " + found.reason +
                                    "; MACHINE_BACKEND=simulated needs no hardware"};
    }
    return found.backend ? make_gpiod(std::move(found)) : make_simulated(std::move(found.reason));
}

void detail::use_board(std::unique_ptr<Board> board)
{
    refuse_if_in_use();
    current_board() = std::move(board);
}

}  // namespace machine
