#include "shared/table.hpp"

#include <utility>

#include "shared/table_guard.hpp"

namespace braid::runtime {

using Step = Journal::Step;

namespace {

const ObjectType kType{
    .name = "Table",
    .destroy = TableLife::destroy,
    .attempt = nullptr,
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
    .let_go = TableLife::let_go,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::table, kType), true);

}  // namespace

void Table::mend() noexcept {
  switch (journal_.step) {
    case Step::none: break;
    case Step::write: *journal_.target = journal_.slot; break;
    case Step::insert: items_.redo_insert(journal_); [[fallthrough]];
    case Step::adopt: adopt(); break;
    case Step::remove: items_.redo_remove(journal_); break;
    case Step::split: hash_.redo_split(journal_); break;
  }
  journal_.end();
}

Slot* Table::find(const Key& key) noexcept {
  if (key.kind == Key::Kind::integer && items_.has(key.bits)) return &items_[key.bits];
  auto* link = hash_.find(key);
  return link == nullptr ? nullptr : &(*link)->slot;
}

Slot Table::get(const Key& key) noexcept {
  const Locked locked(*this);
  const Slot* slot = find(key);
  if (slot == nullptr) return {};
  retain_content(*slot);
  return *slot;
}

// A value comes into the table: what it refers to is now held by a table, not by a unit.
void Table::attach(const Slot& value) noexcept {
  Content* content = value.content();
  if (content == nullptr || content->table_count == 0) return;
  linking_.fetch_add(1);
  for (std::uint32_t i = 0; i < content->object_count; ++i) {
    Object& object = *content->objects()[i];
    if (object.kind == ObjectKind::table) static_cast<Table&>(object).inner_.fetch_add(1);
  }
}

void Table::detach(const Slot& value) noexcept {
  Content* content = value.content();
  if (content == nullptr || content->table_count == 0) return;
  linking_.fetch_sub(1);
  for (std::uint32_t i = 0; i < content->object_count; ++i) {
    Object& object = *content->objects()[i];
    if (object.kind == ObjectKind::table) static_cast<Table&>(object).inner_.fetch_sub(1);
  }
}

Table::Change Table::set(const Key& key, const Slot& value, const Waiter* unit) {
  Discard discard;
  const Locked locked(*this);
  if (busy_for(unit)) return Change::busy;
  store(key, value, discard);
  return Change::done;
}

Table::Change Table::increment(const Key& key, const Slot& delta, Slot& result,
                               const Waiter* unit) {
  Discard discard;
  const Locked locked(*this);
  if (busy_for(unit)) return Change::busy;
  const Slot* slot = find(key);
  const bool missing = slot == nullptr || slot->is_nil();
  result = missing ? Slot::of(std::int64_t{0}) : *slot;
  if (!result.is_number() || !sum(result, delta, result)) return Change::refused;
  store(key, result, discard);
  return Change::done;
}

void Table::store(const Key& key, const Slot& value, Discard& discard) {
  if (key.kind == Key::Kind::integer && key.bits - 1 <= items_.count()) {
    return store_item(key.bits, value, discard);
  }
  auto* link = hash_.find(key);
  if (link == nullptr) {
    if (value.is_nil()) return;
    hash_.insert(journal_, key, value);
    return attach(value);
  }
  discard.add((*link)->slot);
  detach((*link)->slot);
  attach(value);
  if (value.is_nil()) return hash_.erase(*link);
  journal_.write((*link)->slot, value);
}

void Table::store_item(std::uint64_t index, const Slot& value, Discard& discard) {
  if (index > items_.count()) {
    if (!value.is_nil()) push(value);
    return;
  }
  const Slot old = items_[index];
  discard.add(old);
  attach(value);
  if (value.is_nil()) {
    items_.clear(journal_, index);
  } else {
    journal_.write(items_[index], value);
  }
  detach(old);
}

// For one more item, and for those in the hash that it makes items of: are there any?
bool Table::make_room() {
  std::uint64_t run = 0;
  if (hash_.count() > 0) {
    while (hash_.find(Key::of(static_cast<std::int64_t>(items_.count() + 2 + run)))) ++run;
  }
  items_.reserve(1 + run);
  return run > 0;
}

void Table::push(const Slot& value) {
  const bool adopts = make_room();
  attach(value);
  if (adopts) journal_.begin(Step::adopt);
  items_.push(value);
  if (adopts) adopt();
}

// There is room for all of them. Whoever was killed in here may have left one in both places.
void Table::adopt() noexcept {
  const auto in_hash = [this](std::uint64_t index) {
    return hash_.find(Key::of(static_cast<std::int64_t>(index)));
  };
  if (items_.count() == 0) return journal_.end();  // begun, and nothing done
  if (auto* link = in_hash(items_.count())) hash_.erase(*link);
  while (auto* link = in_hash(items_.count() + 1)) {
    items_.push((*link)->slot);
    arena::keep_order();
    hash_.erase(*link);
  }
  journal_.end();
}

std::uint64_t Table::length() noexcept {
  const Locked locked(*this);
  return items_.count();
}

std::uint64_t Table::append(const Slot& value, const Waiter* unit) {
  const Locked locked(*this);
  if (busy_for(unit)) return 0;
  push(value);
  return items_.count();
}

Table::Change Table::insert(std::uint64_t index, const Slot& value, const Waiter* unit) {
  const Locked locked(*this);
  if (busy_for(unit)) return Change::busy;
  if (index - 1 > items_.count()) return Change::refused;
  make_room();
  attach(value);
  items_.insert(journal_, index, value);
  adopt();
  return Change::done;
}

Table::Change Table::remove(std::uint64_t index, Slot& value, const Waiter* unit) noexcept {
  const Locked locked(*this);
  if (busy_for(unit)) return Change::busy;
  if (items_.has(index)) {
    take_item(index, value);
  } else if (index != items_.count() + 1 && (index != 0 || items_.count() != 0)) {
    return Change::refused;
  }
  return Change::done;
}

Table::Change Table::remove_last(Slot& value, const Waiter* unit) noexcept {
  const Locked locked(*this);
  if (busy_for(unit)) return Change::busy;
  if (items_.count() == 0) return Change::refused;
  take_item(items_.count(), value);
  return Change::done;
}

void Table::take_item(std::uint64_t index, Slot& value) noexcept {
  value = items_[index];  // the table's reference becomes the caller's
  items_.remove(journal_, index);
  detach(value);
}

void Table::copy(TableCopy& copy) {
  const Locked locked(*this);
  copy.items_.reserve(items_.count());
  copy.pairs_.reserve(hash_.count());
  for (std::uint64_t i = 1; i <= items_.count(); ++i) {
    copy.items_.push_back(items_[i]);
    retain_content(items_[i]);
  }
  hash_.each([&copy](const Entry& entry) {
    const Key key = entry.key();
    const std::size_t text_at = copy.texts_.size();
    if (key.kind == Key::Kind::text) copy.texts_.append(key.view());
    copy.pairs_.push_back({key.kind, key.bits, text_at, entry.slot});
    retain_content(entry.slot);
  });
}

void TableCopy::release() noexcept {
  if (table_ == nullptr) return;
  for (const Slot& slot : items_) drop_content(slot);
  for (const Pair& pair : pairs_) drop_content(pair.slot);
  items_.clear();
  pairs_.clear();
  drop(*std::exchange(table_, nullptr));
}

}  // namespace braid::runtime
