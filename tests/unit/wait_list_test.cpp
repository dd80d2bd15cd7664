#include "park/wait_list.hpp"

#include <vector>

#include "tests/unit/catch.hpp"

using namespace braid::runtime;

namespace {

struct Waiter : WaitNode {
  Waiter(std::vector<int>& told, int number) : WaitNode(notified), log(&told), id(number) {}
  static void notified(WaitNode& node) noexcept {
    auto& self = static_cast<Waiter&>(node);
    self.was_linked = self.linked();
    self.log->push_back(self.id);
    if (self.drops != nullptr) self.drops->unlink();
  }
  std::vector<int>* log;
  int id;
  bool was_linked = false;
  Waiter* drops = nullptr;  // whom it takes off the list when its turn comes
};

using Ids = std::vector<int>;

}  // namespace

TEST_CASE("wait list: first come, first notified") {
  Ids told;
  Waiter a(told, 1), b(told, 2), c(told, 3);
  WaitList list;
  CHECK(list.empty());
  list.push(a);
  list.push(b);
  list.push(c);
  CHECK_FALSE(list.empty());
  list.notify_all();
  CHECK(list.empty());
  CHECK(told == Ids{1, 2, 3});
  list.notify_all();
  CHECK(told.size() == 3);
}

TEST_CASE("wait list: who has been notified has left the list and may join it again") {
  Ids told;
  Waiter a(told, 1);
  WaitList list;
  list.push(a);
  CHECK(a.linked());
  list.notify_all();
  CHECK_FALSE(a.was_linked);
  CHECK_FALSE(a.linked());
  list.push(a);
  list.notify_all();
  CHECK(told == Ids{1, 1});
}

TEST_CASE("wait list: leaving works anywhere, and twice") {
  Ids told;
  Waiter a(told, 1), b(told, 2), c(told, 3), d(told, 4);
  WaitList list;
  for (Waiter* waiter : {&a, &b, &c, &d}) list.push(*waiter);
  b.unlink();
  b.unlink();
  a.unlink();
  d.unlink();
  list.notify_all();
  CHECK(told == Ids{3});
}

TEST_CASE("wait list: a waiter may take the next one off when its turn comes") {
  Ids told;
  Waiter a(told, 1), b(told, 2), c(told, 3);
  WaitList list;
  for (Waiter* waiter : {&a, &b, &c}) list.push(*waiter);
  a.drops = &b;
  list.notify_all();
  CHECK(told == Ids{1, 3});
  CHECK_FALSE(b.linked());
}
