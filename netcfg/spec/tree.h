// Builds a Document from the events of a YAML parser: strict keys, merge keys, aliases within limits.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "netcfg/base/diagnostics.h"
#include "netcfg/spec/node.h"
#include "netcfg/spec/yaml.h"

namespace netcfg {

class TreeBuilder {
 public:
  using Anchor = size_t;  // from 1 in the order of definition; 0 is none

  TreeBuilder(const YamlLimits& limits, Diagnostics& diagnostics)
      : limits_(limits), diagnostics_(diagnostics) {}

  void null(Place place, std::string_view text, Anchor anchor);
  // A value left out stands at its key, and where there is none at `place`.
  void missing(Place place, Anchor anchor);
  void scalar(Place place, std::string_view text, bool quoted, Anchor anchor);
  // A word that need not be copied: it lives as long as the tree. Without an anchor.
  void borrowed(Place place, std::string_view text, bool quoted);
  void alias(Place place, Anchor anchor);
  void begin_list(Place place, Anchor anchor) { begin(false, place, anchor); }
  void begin_map(Place place, Anchor anchor) { begin(true, place, anchor); }
  void end();

  void error(Place place, std::string message, std::string hint = {});
  bool stopped() const { return stopped_; }  // a limit was passed: more events would be wasted
  std::string path() const;                  // of the value that comes next: "routes[3].via"
  size_t depth() const { return stack_.size(); }
  bool in_list() const { return !stack_.empty() && !stack_.back().is_map; }
  Place innermost() const { return stack_.empty() ? Place{} : stack_.back().place; }
  bool at_key() const { return !stack_.empty() && stack_.back().is_map && !stack_.back().has_key; }
  bool at_value() const { return !stack_.empty() && stack_.back().has_key; }
  Document finish(Place start);  // of the text: there an empty one stands

 private:
  struct Frame {  // a list or map that has begun
    Place place;
    Anchor anchor = 0;
    size_t first = 0;    // of its items in nodes_, or of its entries in entries_
    size_t before = 0;   // total_ when it began
    size_t height = 0;   // of the highest child
    size_t charged = 0;  // paid_ before the value of `<<`, then what that value added to it
    std::string_view key;
    Place key_place;
    Place bad_key;  // the first that is no text
    Node merged;    // the value of `<<`
    bool is_map = false;
    bool has_key = false;  // the value comes next
    bool drop = false;     // the key is bad, so its value has no home
    bool is_merge = false;
    bool has_merge = false;
  };
  struct Defined {  // what an anchor stands for
    Node node;
    size_t total = 0;
    size_t height = 0;
    bool complete = false;
  };

  void begin(bool is_map, Place place, Anchor anchor);
  void add(Node node, Place written, size_t height);
  void take_key(Frame& frame, const Node& node, Place written);
  void take_merge(Frame& frame, const Node& node, Place written);
  Node finish_map(Frame& frame);
  void drop_repeated(Frame& frame);
  void append_merged(const Frame& frame);
  void define(Anchor anchor, const Defined& defined);
  void charge(Place place, size_t count);
  std::string_view intern(std::string_view key);

  const YamlLimits& limits_;
  Diagnostics& diagnostics_;
  Arena arena_;
  Node root_;
  std::vector<Frame> stack_;
  std::vector<Node> nodes_;     // items of the lists on the stack, innermost last
  std::vector<Entry> entries_;  // likewise
  std::vector<Defined> anchors_;
  std::unordered_set<std::string_view> keys_;  // in the arena
  size_t total_ = 0;                           // values so far, those behind aliases counted each time
  size_t aliased_ = 0;                         // of them, through aliases and merge keys
  size_t paid_ = 0;                            // of those, through aliases
  size_t errors_ = 0;
  bool stopped_ = false;
};

}  // namespace netcfg
