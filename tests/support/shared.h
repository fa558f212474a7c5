// A table that copies share until one of them changes it, so that copying a simulated host is cheap.
#pragma once

#include <memory>

namespace netcfg::test {

template <class T>
class Shared {
 public:
  const T& operator*() const { return *held_; }
  const T* operator->() const { return held_.get(); }
  // For changing. What was taken by * or edit() before a copy was made is not to be used afterwards.
  T& edit() {
    if (held_.use_count() > 1) held_ = std::make_shared<T>(*held_);
    return *held_;
  }

 private:
  std::shared_ptr<T> held_ = std::make_shared<T>();
};

}  // namespace netcfg::test
