#include "netcfg/plan/graph.h"

#include <algorithm>
#include <queue>

namespace netcfg {

Graph::Node Graph::add(uint16_t rank) {
  ranks_.push_back(rank);
  return static_cast<Node>(ranks_.size() - 1);
}

namespace {

using Edges = std::vector<std::pair<Graph::Node, Graph::Node>>;

// What waits for each node, in one array (compressed rows): 100,000 nodes must not mean as many vectors.
struct Waiting {
  Waiting(size_t n, const Edges& edges) : first(n + 1, 0), count(n, 0), successors(edges.size()) {
    for (auto [before, after] : edges) ++first[before + 1], ++count[after];
    for (size_t i = 0; i < n; ++i) first[i + 1] += first[i];
    std::vector<uint32_t> fill(first.begin(), first.end() - 1);
    for (auto [before, after] : edges) successors[fill[before]++] = after;
  }
  // f(node) for each that waited for this one.
  template <class F>
  void done(Graph::Node node, F&& f) {
    for (uint32_t i = first[node]; i < first[node + 1]; ++i) --count[successors[i]], f(successors[i]);
  }
  std::vector<uint32_t> first;
  std::vector<uint32_t> count;  // how many each node waits for
  std::vector<Graph::Node> successors;
};

}  // namespace

std::optional<std::vector<Graph::Node>> Graph::order() const {
  size_t n = ranks_.size();
  Waiting edges(n, edges_), wishes(n, wishes_);
  using Queue = std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>>;
  Queue ready, unwished;  // the latter: only wishes hold them back
  auto look_at = [&](Node node) {
    if (edges.count[node] != 0) return;
    uint64_t key = static_cast<uint64_t>(ranks_[node]) << 32 | node;
    (wishes.count[node] == 0 ? ready : unwished).push(key);
  };
  for (Node node = 0; node < n; ++node) look_at(node);
  std::vector<Node> out;
  out.reserve(n);
  std::vector<bool> taken(n, false);
  while (!ready.empty() || !unwished.empty()) {
    Queue& from = ready.empty() ? unwished : ready;
    auto node = static_cast<Node>(from.top() & UINT32_MAX);
    from.pop();
    if (taken[node]) continue;
    taken[node] = true;
    out.push_back(node);
    edges.done(node, look_at);
    wishes.done(node, look_at);
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
