// A text that most objects of a kind do not have: a pointer in each of 100,000, where a string takes four.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace netcfg {

class RareText {
 public:
  RareText() = default;
  RareText(std::string text)  // NOLINT: as a text
      : text_(text.empty() ? nullptr : std::make_unique<std::string>(std::move(text))) {}
  RareText(const char* text) : RareText(std::string(text)) {}  // NOLINT
  RareText(const RareText& other)
      : text_(other.text_ ? std::make_unique<std::string>(*other.text_) : nullptr) {}
  RareText(RareText&&) noexcept = default;
  RareText& operator=(const RareText& other) { return *this = RareText(other); }
  RareText& operator=(RareText&&) noexcept = default;
  ~RareText() = default;

  bool empty() const { return text_ == nullptr; }
  std::string_view view() const { return text_ ? std::string_view(*text_) : std::string_view(); }
  operator std::string_view() const { return view(); }  // NOLINT

 private:
  std::unique_ptr<std::string> text_;  // null: empty
};

}  // namespace netcfg
