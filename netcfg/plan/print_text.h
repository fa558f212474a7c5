// A plan for people: a line for each step, in order, with its sign, its reason and its place in the spec.
#pragma once

#include <iosfwd>

#include "netcfg/plan/plan.h"

namespace netcfg {

struct TextOptions {
  bool color = false;
  // Columns of the terminal; lines are filled up to it and notes go to the right edge. 0: not a terminal,
  // one line for each step, however long, and full file names.
  size_t width = 0;
  bool verbose = false;  // each foreign object, not only how many; the rules of nftables
  std::string_view heading = "Plan";
};

void print_text(std::ostream& out, const Plan& plan, const Sources& sources, const TextOptions& options);

// "Plan: 3 to create, 1 to update, 2 to delete, 1 to adopt; 2 disruptive"
std::string summary_line(const Plan& plan, std::string_view heading);

// What differs, a line for each wrong leaf: "eth0 mtu: is 1500, should be 9000". Without colour, for mail.
void print_drift(std::ostream& out, const Plan& plan);

}  // namespace netcfg
