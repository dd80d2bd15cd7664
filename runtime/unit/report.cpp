// What all units of a program do: each thread is asked, and says so itself, since only it may look
// into its Lua state.
#include <vector>

#include "arena/arena.hpp"
#include "unit/thread.hpp"

namespace braid::runtime {
namespace {

struct Asked {
  ThreadUnit* unit;
  std::uint64_t seen;  // its answers when it was asked
};

bool has_answered(const Asked& asked) noexcept {
  MutexLock lock(asked.unit->mutex);
  return asked.unit->reports != asked.seen || asked.unit->has_ended();
}

Message* copy_answer(const Asked& asked) {
  MutexLock lock(asked.unit->mutex);
  if (asked.unit->reports == asked.seen || !asked.unit->report) return nullptr;
  return make_message(asked.unit->report->bytes(), asked.unit->report->size);
}

std::vector<Asked> others(ThreadUnit& self) {
  std::vector<Asked> asked;
  asked.reserve(static_cast<std::size_t>(self.program->census.threads.load()) + 16);
  each_thread(*self.program, [&](ThreadUnit& unit) {
    if (&unit == &self || asked.size() == asked.capacity()) return;
    retain(unit);
    asked.push_back({&unit, 0});
  });
  return asked;
}

}  // namespace

void ThreadUnit::answers(Message* what) noexcept {
  {
    MutexLock lock(mutex);
    drop_message(report.get());
    report = what;
    ++reports;
  }
  // Whoever has asked sleeps; who has not looks about and goes on.
  each_thread(*program, [this](ThreadUnit& unit) {
    if (&unit == this) return;
    MutexLock lock(unit.mutex);
    if (unit.record) unit.record->parker.unpark();
  });
}

void ask_for_reports(ThreadUnit& self, ThreadRecord& own, Nanos deadline, ReportVisitor& visitor) {
  std::vector<Asked> asked = others(self);
  for (Asked& one : asked) {
    {
      MutexLock lock(one.unit->mutex);
      one.seen = one.unit->reports;
    }
    one.unit->request(ThreadRecord::kReport);
  }
  for (const Asked& one : asked) {
    while (!has_answered(one) && monotonic_now() < deadline) {
      visitor.serve();
      own.parker.wait(deadline);
    }
    visitor.visit(*one.unit, copy_answer(one));
    drop(*one.unit);
  }
}

}  // namespace braid::runtime
