// A graph of things to do and the order among them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace netcfg {

class Graph {
 public:
  using Node = uint32_t;

  // Among nodes that could come next the one of the smallest rank does, then the one that was added first.
  Node add(uint16_t rank);
  void edge(Node before, Node after) { edges_.emplace_back(before, after); }
  // An order that is better, but not needed.
  void prefer(Node before, Node after) { wishes_.emplace_back(before, after); }
  size_t size() const { return ranks_.size(); }

  // All nodes in an order that obeys every edge, and the wishes that make no circle with them; nothing when
  // the edges run in a circle.
  std::optional<std::vector<Node>> order() const;
  // Where there is no order: nodes that wait for each other, each for the one before.
  std::vector<Node> circle() const;

 private:
  std::vector<uint16_t> ranks_;
  std::vector<std::pair<Node, Node>> edges_, wishes_;
};

}  // namespace netcfg
