// Result<T>: a value or the Error that kept it from being made.
// Operations return it; exceptions stay at the edges where third-party code throws them.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace netcfg {

struct Error {
  std::string message;  // what failed, with the name of the thing it failed on
  std::string hint;     // what the user can do about it; may be empty
  int code = 0;         // an errno value where the cause was a system call, else 0

  bool operator==(const Error&) const = default;
};

struct Done {};

template <class T = Done>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  explicit operator bool() const { return ok(); }
  bool ok() const { return content_.index() == 0; }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T& value() { return assert(ok()), *std::get_if<0>(&content_); }
  const T& value() const { return assert(ok()), *std::get_if<0>(&content_); }
  const Error& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, Error> content_;
};

}  // namespace netcfg
