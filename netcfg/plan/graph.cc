#include "netcfg/plan/graph.h"

#include <algorithm>
#include <queue>

namespace netcfg {

Graph::Node Graph::add(uint16_t rank) {
  ranks_.push_back(rank);
  return static_cast<Node>(ranks_.size() - 1);
}

std::optional<std::vector<Graph::Node>> Graph::order() const {
  size_t n = ranks_.size();
  // Successors of each node in one array (compressed rows): 100,000 nodes must not mean as many vectors.
  std::vector<uint32_t> first(n + 1, 0);
  std::vector<uint32_t> waiting(n, 0);
  for (auto [before, after] : edges_) ++first[before + 1], ++waiting[after];
  for (size_t i = 0; i < n; ++i) first[i + 1] += first[i];
  std::vector<Node> successors(edges_.size());
  std::vector<uint32_t> fill(first.begin(), first.end() - 1);
  for (auto [before, after] : edges_) successors[fill[before]++] = after;

  auto key = [&](Node node) { return static_cast<uint64_t>(ranks_[node]) << 32 | node; };
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> ready;
  for (Node node = 0; node < n; ++node)
    if (waiting[node] == 0) ready.push(key(node));
  std::vector<Node> out;
  out.reserve(n);
  while (!ready.empty()) {
    auto node = static_cast<Node>(ready.top() & UINT32_MAX);
    ready.pop();
    out.push_back(node);
    for (uint32_t i = first[node]; i < first[node + 1]; ++i)
      if (--waiting[successors[i]] == 0) ready.push(key(successors[i]));
  }
  if (out.size() != n) return std::nullopt;
  return out;
}

std::vector<Graph::Node> Graph::circle() const {
  size_t n = ranks_.size();
  std::vector<bool> stuck(n, true);
  std::vector<Node> waits_for(n);
  // Takes away, again and again, what waits for nothing that is left; a circle stays.
  for (bool any = true; any;) {
    std::vector<bool> waits(n, false);
    for (auto [before, after] : edges_)
      if (stuck[before]) waits[after] = true, waits_for[after] = before;
    any = false;
    for (Node node = 0; node < n; ++node)
      if (stuck[node] && !waits[node]) stuck[node] = false, any = true;
  }
  auto first = std::find(stuck.begin(), stuck.end(), true);
  if (first == stuck.end()) return {};
  std::vector<Node> path;
  Node at = static_cast<Node>(first - stuck.begin());
  for (; std::find(path.begin(), path.end(), at) == path.end(); at = waits_for[at]) path.push_back(at);
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace netcfg
