#include "unit/run_unit.hpp"

#include <cstdio>

#include "sched/preempt.hpp"
#include "unit/inquiry.hpp"

namespace braid::runtime {
namespace {

RunUnit& self(Object& object) noexcept { return static_cast<RunUnit&>(object); }

}  // namespace

bool attempt_run_unit(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  const RunUnit& unit = self(object);
  switch (node.operation) {
    case RunUnit::begun_op: return unit.native_id != 0 || unit.has_ended();
    case RunUnit::closed_op: return unit.state.load() == RunUnit::State::closed;
    default: return unit.has_ended();
  }
}

void enqueue_run_unit(Object& object, SharedWaitNode& node, Wakeups&) noexcept {
  RunUnit& unit = self(object);
  switch (node.operation) {
    case RunUnit::begun_op: return unit.beginning.push(node);
    case RunUnit::closed_op: return unit.closing.push(node);
    default: return unit.waiting.push(node);
  }
}

RunUnit::~RunUnit() {
  drop_call();
  drop_message(values.get());
  drop_message(traceback.get());
}

void RunUnit::set_name(const char* text) noexcept {
  MutexLock lock(mutex);
  std::snprintf(name, sizeof name, "%s", text);
  named = true;
}

bool RunUnit::request(std::uint32_t what) noexcept {
  MutexLock lock(mutex);
  if (has_ended()) return false;
  ask(what);
  return true;
}

void RunUnit::ask(std::uint32_t what) noexcept {
  if (!record) {
    early_requests |= what;
    return;
  }
  record->request(what);
  preempt::signal_thread(*record);
}

void RunUnit::begins(ThreadRecord& of_record) noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  record = &of_record;
  native_id = of_record.thread_id.load();
  beginning.claim_all(wakeups);
  if (early_requests != 0) of_record.request(early_requests);
}

bool RunUnit::result_is_awaited() noexcept {
  MutexLock lock(mutex);
  for (const SharedWaitNode* node = waiting.first(); node != nullptr; node = waiting.after(*node)) {
    if (node->operation == result_op) return true;
  }
  return false;
}

void RunUnit::drop_call() noexcept {
  for (Ref<Message>* message : {&call, &surroundings}) {
    Message* dropped = message->get();
    *message = nullptr;
    drop_message(dropped);
  }
}

void RunUnit::ends(Result how) noexcept {
  drop_call();  // it may have ended before it took it
  {
    Wakeups wakeups;
    MutexLock lock(mutex);
    record = nullptr;
    result = how;
    state.store(State::ended);
    beginning.claim_all(wakeups);
    waiting.claim_all(wakeups);
  }
  while (is_asked()) answers(nullptr);
}

void RunUnit::take_question(Question& question) noexcept {
  MutexLock lock(mutex);
  if (has_ended()) {
    question.answered.store(true);
    return;
  }
  retain(*question.inquiry);
  question.insert_before(questions);
  ask(ThreadRecord::kReport);
}

bool RunUnit::is_asked() noexcept {
  MutexLock lock(mutex);
  return questions.linked();
}

void RunUnit::answers(Message* what) noexcept {
  Inquiry* inquiry = nullptr;
  {
    MutexLock lock(mutex);
    if (questions.linked()) {
      auto& question = static_cast<Question&>(*questions.next);
      question.unlink();
      question.answer = what;
      inquiry = question.inquiry.get();
      question.answered.store(true);
    }
  }
  if (inquiry == nullptr) return drop_message(what);  // it was taken back
  inquiry->asker->parker.unpark();
  drop(*inquiry);
}

void RunUnit::has_closed() noexcept {
  Wakeups wakeups;
  MutexLock lock(mutex);
  state.store(State::closed);
  closing.claim_all(wakeups);
}

}  // namespace braid::runtime
