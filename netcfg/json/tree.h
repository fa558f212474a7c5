// Resources as a tree of nlohmann-json, for what is small or has to be looked at. A header of its own, since
// that library takes seconds to compile.
#pragma once

#include <nlohmann/json.hpp>

#include "netcfg/json/write.h"

namespace netcfg {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8 become `?`.
class JsonTree : public JsonSink {
 public:
  void key(std::string_view name) override { key_ = name; }
  void text(std::string_view value) override;
  void number(int64_t value) override { put(value); }
  void boolean(bool value) override { put(value); }
  void null() override { put(nullptr); }
  void begin(char bracket) override;
  void end(char bracket) override;
  Json take() { return std::move(root_); }

 private:
  Json& put(Json value);

  Json root_;
  std::vector<Json*> open_;
  std::string key_;
};

template <class T>
Json to_json(const T& resource) {
  JsonTree tree;
  write(tree, resource, Origins::drop);
  return tree.take();
}
Json to_json(const State& state);

}  // namespace netcfg
