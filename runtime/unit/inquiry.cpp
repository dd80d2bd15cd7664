#include "unit/inquiry.hpp"

#include <new>

#include "arena/arena.hpp"

namespace braid::runtime {
namespace {

const ObjectType kType{
    .name = "Inquiry",
    .destroy = [](Object& object) noexcept { arena::destroy(static_cast<Inquiry*>(&object)); },
    .attempt = nullptr,  // nobody waits for it in the way of units
    .enqueue = nullptr,
    .abandoned = nullptr,
    .owner_ended = nullptr,
    .owner = nullptr,
};
[[maybe_unused]] const bool g_defined = (define(ObjectKind::inquiry, kType), true);

// Whoever starts a unit after it was counted is not asked.
constexpr std::uint32_t kMore = 16;

std::uint32_t count_units(Family& family) noexcept {
  std::uint32_t count = 0;
  MutexLock lock(family.mutex);
  each_unit_of_family(family, [&](ProcessUnit*, ThreadUnit*) { ++count; });
  return count;
}

}  // namespace

Inquiry::Inquiry(ThreadRecord& own) noexcept
    : Object(ObjectKind::inquiry), asker(&own), program(own.program) {
  retain(*program);
}

void Inquiry::add(ProcessUnit* process, ThreadUnit* thread) noexcept {
  if (count == room) return;
  auto& question = *new (&questions.get()[count++]) Question;
  question.inquiry = this;
  question.process = process;
  question.thread = thread;
  if (process != nullptr) retain(*process);
  if (thread != nullptr) retain(*thread);
}

Inquiry::~Inquiry() {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Question& question = questions.get()[i];
    drop_message(question.answer.get());
    if (question.thread) drop(*question.thread);
    if (question.process) drop(*question.process);
  }
  if (questions) arena::release(questions.get());
  drop(*program);
}

void Inquiry::ask(const ThreadUnit& self) {
  Family& family = program->family();
  room = count_units(family) + kMore;
  questions = static_cast<Question*>(arena::allocate(room * sizeof(Question)));
  {
    MutexLock lock(family.mutex);
    each_unit_of_family(family,
                        [this](ProcessUnit* process, ThreadUnit* thread) { add(process, thread); });
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    Question& question = questions.get()[i];
    if (!question.thread || question.thread.get() == &self) {
      question.answered.store(true);
    } else {
      question.thread->take_question(question);
    }
  }
}

bool Inquiry::all_answered(std::uint32_t& seen) const noexcept {
  while (seen < count && questions.get()[seen].answered) ++seen;
  return seen == count;
}

void Inquiry::take_back() noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    Question& question = questions.get()[i];
    if (question.answered) continue;
    {
      MutexLock lock(question.thread->mutex);
      if (!question.linked()) continue;
      question.unlink();
    }
    drop(*this);  // the caller has another one
  }
}

}  // namespace braid::runtime
