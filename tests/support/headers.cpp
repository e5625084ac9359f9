// Nothing but a target's one source, with which headers.hpp is compiled.
