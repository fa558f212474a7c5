// A person at a terminal: asking, and showing how far things are.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "netcfg/guard/evidence.h"

namespace netcfg {

// True when there is someone to ask: standard input and standard error are a terminal.
bool can_ask();

enum class Answer : char { yes, no, interrupted };
// Prints the question on standard error and reads a line. Only "y" and "yes" are yes; the end of the input
// is no.
Answer ask(std::string_view question);

// Sends something invisible to the terminal that this process belongs to, wherever its output goes. False
// where there is none.
bool nudge_terminal(size_t bytes);
// So much that whoever carries it has to send packets of full size, whatever it reads at a time: two of an
// Ethernet's, and less than the 4096 that a pseudo terminal holds.
inline constexpr size_t kFullPackets = 4000;

// A line on standard error that is written over and over, and removed in the end. Silent unless that is a
// terminal.
class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool is_on() const { return on_; }
  void show(size_t done, size_t all);
  // Connections were tried after a change.
  void show(const Round& round, std::chrono::milliseconds left);
  void show_waiting(uint32_t generation, std::chrono::milliseconds left);

 private:
  void line(const std::string& text);

  bool on_;
  bool shown_ = false;
};

}  // namespace netcfg
