// From the messages of a dump to one value for each link that has a root of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "netcfg/kernel/qdisc.h"

namespace netcfg::nl {

class QdiscTrees {
 public:
  void add(const nlmsghdr& message);
  void clear() { links_.clear(); }
  // Links whose classes are to be read: those with an HTB of ours. Another's is foreign without them, since
  // what leads packets into its classes is not read either.
  std::vector<uint32_t> with_classes() const;
  void add_class(uint32_t link, const nlmsghdr& message);
  void clear_classes(uint32_t link);

  // f(link's index, tree) for each.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& [link, parts] : links_)
      if (parts.root) f(link, tree_of(parts));
  }
  // f(link's index, name) for what is beside the roots: "clsact".
  template <class F>
  void for_each_ingress(F&& f) const {
    for (const auto& [link, parts] : links_)
      if (!parts.ingress.empty()) f(link, parts.ingress);
  }

 private:
  struct Parts {
    std::optional<QdiscMessage> root;
    std::vector<QdiscMessage> inner;
    std::vector<HtbClass> classes;
    bool unspoken = false;  // some class is more than a spec can say
    std::string ingress;
  };
  static Qdisc tree_of(const Parts& parts);
  static bool put_classes(const Parts& parts, Qdisc& out);

  std::map<uint32_t, Parts> links_;
};

}  // namespace netcfg::nl
