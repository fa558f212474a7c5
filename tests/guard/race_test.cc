// Whoever confirms against the end of the time: one of them wins, a thousand times, and what becomes of the
// host, of history and of the ledger is what the winner decided.
#include <gmock/gmock.h>

#include <barrier>
#include <memory>
#include <thread>

#include "netcfg/guard/settle.h"
#include "netcfg/host/files.h"
#include "netcfg/store/snapshot_file.h"
#include "tests/support/sandbox.h"
#include "tests/support/sim_kernel.h"

namespace netcfg::test {
namespace {

constexpr int kRaces = 1000;
constexpr const char* kLedger = "/ledger";

Link bridge() {
  Link link;
  link.name = "br9";
  link.kind = Bridge{};
  link.state = LinkState::up;
  return link;
}

Log& no_log() {
  struct None : Log {
    void write(const LogEntry& /*entry*/) override {}
  };
  static None none;
  return none;
}

// A change that has been written and verified, and whose window is open. Each racer sees the files through an
// object of its own, as two processes do.
class Race {
 public:
  Race() : before_(kernel_.state()) {
    changed_ = kernel_;
    Link link = bridge();
    Op op{Action::create, static_cast<const Link*>(nullptr), static_cast<const Link*>(&link)};
    EXPECT_FALSE(changed_.write(std::span(&op, 1), [] { return false; }));
    after_ = changed_.state();
  }

  void begin(uint32_t number) {
    kernel_ = changed_;
    window_.generation = number;
    window_.kernel = "here";
    window_.made = {IfName("br9")};
    Settler settler = settler_for(mine_);
    Generations history = settler.generations(window_);
    Generation g;
    g.number = number;
    EXPECT_TRUE(history.write(number, Part::before, snapshot_to_bytes(before_, "here")));
    EXPECT_TRUE(history.write(number, Part::ledger, std::to_string(number)));
    EXPECT_TRUE(history.save(g));
    EXPECT_TRUE(settler.window().open(window_));
  }
  // What `netcfg confirm` and the reverter do, but for the lock.
  bool confirm() {
    Settler settler = settler_for(theirs_);
    auto won = settler.window().keep();
    return won && *won && settler.keep(window_);
  }
  bool expire() {
    Settler settler = settler_for(mine_);
    auto won = settler.window().revert();
    return won && *won && settler.revert(window_, kernel_, "the time is over");
  }
  void expect(bool kept) {
    EXPECT_EQ(kernel_.state(), kept ? after_ : before_);
    Settler settler = settler_for(mine_);
    auto generation = settler.generations(window_).load(window_.generation);
    ASSERT_TRUE(generation);
    EXPECT_EQ(generation->fate, kept ? Fate::kept : Fate::reverted);
    auto ledger = mine_.read(kLedger, 100);
    EXPECT_EQ(ledger && *ledger == std::to_string(window_.generation), kept);
    auto left = settler.window().find();
    EXPECT_TRUE(left && !*left);
  }

 private:
  static Settler settler_for(Files& files) {
    return {files, {kLedger, "/generations", "/passing", "/window"}, "here", no_log()};
  }

  Sandbox box_;
  HostFiles mine_{box_.path()}, theirs_{box_.path()};
  SimKernel kernel_, changed_;
  State before_, after_;
  Window window_;
};

TEST(Race, AThousandConfirmationsAgainstTheEnd) {
  Race race;
  bool confirmed = false, expired = false;
  std::barrier start(3), end(3);
  auto racer = [&](bool& won, bool (Race::*decide)()) {
    for (int i = 0; i < kRaces; ++i) {
      start.arrive_and_wait();
      won = (race.*decide)();
      end.arrive_and_wait();
    }
  };
  std::thread one(racer, std::ref(confirmed), &Race::confirm), other(racer, std::ref(expired), &Race::expire);
  int kept = 0;
  for (int i = 0; i < kRaces; ++i) {
    race.begin(static_cast<uint32_t>(i + 1));
    start.arrive_and_wait();
    end.arrive_and_wait();
    EXPECT_NE(confirmed, expired) << "race " << i;
    race.expect(confirmed);
    kept += confirmed ? 1 : 0;
  }
  one.join();
  other.join();
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, kRaces);
  RecordProperty("kept", kept);
}

}  // namespace
}  // namespace netcfg::test
