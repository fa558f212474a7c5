// Random numbers that are the same everywhere for the same seed (splitmix64); those of <random> are not.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace netcfg::test {

class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to n - 1
  uint32_t below(size_t n) { return static_cast<uint32_t>(next() % n); }
  uint32_t between(uint32_t first, uint32_t last) { return first + below(last - first + 1); }
  bool chance(uint32_t percent) { return below(100) < percent; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  template <class T>
  T pick(std::initializer_list<T> from) {
    return from.begin()[below(from.size())];
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[below(i)]);
  }

 private:
  uint64_t state_;
};

}  // namespace netcfg::test
