// The history of the prompt on disk: braid/history in $XDG_STATE_HOME or in ~/.local/state.
// ~/.local/state/braid/history. Sessions that run at once each append their own commands; a command
// of several lines stays one. A history that cannot be read or written is no error: the session
// goes without.
#pragma once

namespace braid::interp {

// Reads what earlier sessions left into readline's list.
void open_history();

// Writes the newest entry of readline's list behind what the file holds by now.
void append_to_history();

}  // namespace braid::interp
