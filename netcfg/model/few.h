// A list that mostly has one item, which is kept in place: 100,000 routes with a next hop each are one
// allocation, not 100,001.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace netcfg {

template <class T>
class Few {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  Few() = default;
  Few(std::initializer_list<T> items) : Few(std::vector<T>(items)) {}
  Few(std::vector<T> items) {  // NOLINT: as a list of any length
    if (items.size() > 1)
      more_ = std::make_unique<std::vector<T>>(std::move(items));
    else if (!items.empty())
      push_back(std::move(items[0]));
  }
  Few(const Few& other)
      : more_(other.more_ ? std::make_unique<std::vector<T>>(*other.more_) : nullptr),
        one_(other.one_),
        has_one_(other.has_one_) {}
  Few(Few&& other) noexcept
      : more_(std::move(other.more_)),
        one_(std::move(other.one_)),
        has_one_(std::exchange(other.has_one_, false)) {}
  Few& operator=(Few other) noexcept {
    std::swap(more_, other.more_);
    std::swap(one_, other.one_);
    std::swap(has_one_, other.has_one_);
    return *this;
  }
  ~Few() = default;

  T* begin() { return more_ ? more_->data() : &one_; }
  T* end() { return begin() + size(); }
  const T* begin() const { return more_ ? more_->data() : &one_; }
  const T* end() const { return begin() + size(); }
  size_t size() const { return more_ ? more_->size() : has_one_ ? 1 : 0; }
  bool empty() const { return size() == 0; }
  T& operator[](size_t i) { return begin()[i]; }
  const T& operator[](size_t i) const { return begin()[i]; }
  T& front() { return *begin(); }
  const T& front() const { return *begin(); }
  T& back() { return end()[-1]; }
  const T& back() const { return end()[-1]; }

  void push_back(T item) {
    if (empty()) {
      more_.reset();
      one_ = std::move(item);
      has_one_ = true;
      return;
    }
    if (!more_) {
      more_ = std::make_unique<std::vector<T>>();
      more_->push_back(std::move(one_));
    }
    more_->push_back(std::move(item));
  }
  void pop_back() { erase(end() - 1); }
  T* erase(const T* at) {
    auto index = at - begin();
    if (more_)
      more_->erase(more_->begin() + index);
    else
      has_one_ = false;
    return begin() + index;
  }
  void clear() {
    more_.reset();
    has_one_ = false;
  }

  friend bool operator==(const Few& a, const Few& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
      if (!(a[i] == b[i])) return false;
    return true;
  }

 private:
  std::unique_ptr<std::vector<T>> more_;  // null: none, or one
  T one_{};
  bool has_one_ = false;
};

}  // namespace netcfg
