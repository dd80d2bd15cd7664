// What travels by name, and how the index of names is kept true.
#include <cstring>

#include "codec/encoder.hpp"
#include "codec/scalar.hpp"

namespace braid::codec {

using wire::Tag;

// Sends the name of the value on top of the stack and pops it, if it has one. The name is written
// first and compared from there: the comparison allocates, which may run a finalizer, and that may
// send something, which may make the index anew.
bool Encoder::named(Name::Use use) {
  const Name* name = state_->names.find(lua_topointer(L, -1), lua_type(L, -1));
  if (name == nullptr || (use == Name::Use::value && name->use != use)) return false;
  const std::size_t from = out_.size();
  put_name(*name);
  if (!leads_here(from)) {
    out_.truncate(from);
    return false;
  }
  lua_pop(L, 1);
  return true;
}

// Whether the name written at `from` leads to the value on top of the stack, now.
bool Encoder::leads_here(std::size_t from) {
  const int value = lua_gettop(L);
  const std::byte* at = out_.data() + from + 2;
  const std::byte* const end = out_.data() + out_.size();
  push_loaded(L);
  for (auto parts = static_cast<int>(*at++); parts > 0 && lua_istable(L, -1); --parts) {
    const std::string_view part = wire::get_string(at, end);
    lua_pushlstring(L, part.data(), part.size());
    lua_rawget(L, -2);
  }
  const bool same = lua_rawequal(L, value, -1) != 0;
  lua_settop(L, value);
  return same;
}

void Encoder::put_name(const Name& name) {
  put(Tag::name);
  out_.push(static_cast<std::byte>(name.type));
  out_.push(static_cast<std::byte>(name.count));
  for (std::size_t i = 0; i < name.count; ++i) {
    append_string(out_, name.parts[i].data(), name.parts[i].size());
  }
}

void Encoder::put_registry_name(const std::string& name) {
  put(Tag::registry);
  append_string(out_, name.data(), name.size());
}

// A module has come or gone since the index was made: it is made again, and the message begun
// again.
bool Encoder::names_changed() {
  if (names_checked_) return false;
  names_checked_ = true;
  if (!state_->names.stale(L)) return false;
  return renamed();
}

// The last thing to try before a refusal: fields of modules may have come, too.
bool Encoder::renamed() {
  if (names_rebuilt_) return false;
  names_rebuilt_ = true;
  state_->names.build(L);
  start_over_ = true;
  return true;
}

}  // namespace braid::codec
