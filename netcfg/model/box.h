// A large optional value kept out of line: one pointer when absent, copied deeply, compared by value.
#pragma once

#include <memory>

namespace netcfg {

template <class T>
class Box {
 public:
  Box() = default;
  Box(const Box& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) held_ = other.held_ ? std::make_unique<T>(*other.held_) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  explicit operator bool() const { return held_ != nullptr; }
  const T* get() const { return held_.get(); }
  const T* operator->() const { return held_.get(); }
  const T& operator*() const { return *held_; }
  // The value, made if there is none.
  T& make() {
    if (!held_) held_ = std::make_unique<T>();
    return *held_;
  }
  void reset() { held_.reset(); }

  bool operator==(const Box& other) const {
    return held_ && other.held_ ? *held_ == *other.held_ : !held_ && !other.held_;
  }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace netcfg
