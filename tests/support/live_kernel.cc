#include "tests/support/live_kernel.h"

#include <cstring>

namespace netcfg::test {
namespace {

// A value that is not the one that the object has.
Value another(const Field& field, const void* object) {
  if (field.type == Type::mac) return std::string("02:00:00:00:00:0e");
  if (!is_numeric(field.type)) return {};
  bool set = field.has(object);
  int64_t now = set ? field.number(object) : -1;
  if (field.type == Type::boolean) return now != 1;
  if (field.type == Type::choice) {
    for (const Choice& choice : field.choices)
      if (choice.number != now) return std::string(choice.name);
  }
  int64_t next = now + 1 <= field.range.max && now + 1 >= field.range.min ? now + 1 : field.range.min;
  return number_to_value(field, next);
}

std::string text_of(const Field& field, const void* object) {
  return std::string(field.name) + " = " + to_string(field.get(field, object));
}

}  // namespace

testing::AssertionResult accepted(const std::optional<Refusal>& refusal) {
  if (!refusal) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "operation " << refusal->op << ": " << refusal->what << ": "
                                     << strerror(refusal->code) << " (" << refusal->extack << ")";
}

testing::AssertionResult same(const Link& now, const Link& wanted) {
  if (now == wanted) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << to_string(wanted.name) << " differs:";
  auto compare = [&](FieldsOf found, FieldsOf expected) {
    if (found.fields.data() != expected.fields.data()) {
      failure << "\n  kind";
      return;
    }
    for (const Field& field : expected.fields)
      if (!field.equal(found.object, expected.object))
        failure << "\n  " << text_of(field, found.object) << ", wanted "
                << to_string(field.get(field, expected.object));
  };
  compare({&now, kLinkFields}, {&wanted, kLinkFields});
  compare(fields_of(now.kind), fields_of(wanted.kind));
  compare(fields_of(now.port), fields_of(wanted.port));
  return failure;
}

void LiveKernelTest::SetUp() {
  NetnsTest::SetUp();
  if (!netns_) return;
  auto opened = open_kernel();
  ASSERT_TRUE(opened) << opened.error().message;
  kernel_ = std::move(*opened);
}

void LiveKernelTest::TearDown() {
  kernel_.reset();
  NetnsTest::TearDown();
}

Snapshot LiveKernelTest::snapshot(const Query& query) {
  auto read = kernel_->read(query);
  EXPECT_TRUE(read) << read.error().message;
  return read ? std::move(*read) : Snapshot{};
}

Link LiveKernelTest::live(const IfName& name) {
  State now = state();
  const Link* link = now.link(name);
  EXPECT_NE(link, nullptr) << to_string(name);
  return link ? *link : Link{};
}

void LiveKernelTest::make_pair(const IfName& name, const IfName& peer, LinkState state) {
  Link first;
  first.name = name;
  first.kind = Veth{peer};
  first.state = state;
  Link second;
  second.name = peer;
  second.kind = Veth{name};
  second.state = state;
  ASSERT_TRUE(accepted(create(first)));
  ASSERT_TRUE(accepted(create(second)));
}

void LiveKernelTest::change_each_kind_field(const Link& base, const Choices& choices,
                                            const std::set<std::string, std::less<>>& skip) {
  const KindInfo& info = *kind_info(base.kind);
  for (const Field& field : info.fields) {
    if (skip.contains(field.name)) continue;
    SCOPED_TRACE(std::string(info.name) + "." + std::string(field.name));
    if (!exists(base.name)) {
      ASSERT_TRUE(accepted(create(base)));
    }
    Link before = live(base.name);
    bool anew = field.change == Mutability::recreate;
    Link after = anew ? base : before;
    auto choice = choices.find(field.name);
    Value value = choice != choices.end() ? choice->second : another(field, fields_of(before.kind).object);
    ASSERT_TRUE(field.set(field, object_of(after.kind), value)) << to_string(value);
    if (anew) {
      ASSERT_TRUE(accepted(remove(before)));
      EXPECT_TRUE(accepted(create(after)));
    } else {
      EXPECT_TRUE(accepted(update(before, after)));
    }
    if (!exists(base.name)) continue;
    Link now = live(base.name);
    EXPECT_TRUE(field.equal(fields_of(now.kind).object, fields_of(after.kind).object))
        << "wanted " << text_of(field, fields_of(after.kind).object) << ", found "
        << text_of(field, fields_of(now.kind).object);
    if (anew) {
      ASSERT_TRUE(accepted(remove(now)));
    } else {
      EXPECT_TRUE(accepted(update(now, before)));
    }
  }
}

void LiveKernelTest::change_each_port_field(const IfName& port, const Choices& choices,
                                            const std::set<std::string, std::less<>>& skip) {
  for (const Field& field : fields_of(live(port).port).fields) {
    if (skip.contains(field.name)) continue;
    SCOPED_TRACE("port." + std::string(field.name));
    Link before = live(port);
    Link after = before;
    auto choice = choices.find(field.name);
    Value value = choice != choices.end() ? choice->second : another(field, fields_of(before.port).object);
    ASSERT_TRUE(field.set(field, object_of(after.port), value)) << to_string(value);
    EXPECT_TRUE(accepted(update(before, after)));
    Link now = live(port);
    EXPECT_TRUE(field.equal(fields_of(now.port).object, fields_of(after.port).object))
        << "wanted " << text_of(field, fields_of(after.port).object) << ", found "
        << text_of(field, fields_of(now.port).object);
    EXPECT_TRUE(accepted(update(now, before)));
  }
}

}  // namespace netcfg::test
