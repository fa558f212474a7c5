#include "netcfg/store/window_file.h"

#include <fmt/format.h>

#include <cerrno>

#include "netcfg/base/text.h"
#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"
#include "netcfg/store/sealed.h"

namespace netcfg {
namespace {

constexpr std::string_view kKind = "netcfg-window";
constexpr int64_t kFormat = 1;
constexpr size_t kBytes = size_t{64} << 20;
constexpr std::string_view kNames[] = {"window.open", "window.kept", "window.reverting"};

std::string to_bytes(const Window& w) {
  std::string body;
  JsonText json(body, Bytes::exact);
  json.begin('{');
  json.key("generation"), json.number(w.generation);
  json.key("history"), json.boolean(w.history);
  json.key("made"), json.begin('[');
  for (const IfName& name : w.made) json.text(name.view());
  json.end(']');
  json.key("sysctls"), json.begin('[');
  for (const std::string& path : w.sysctls) json.text(path);
  json.end(']');
  json.key("confirm"), json.boolean(w.confirm);
  json.key("rehearsal"), json.boolean(w.rehearsal);
  json.key("seconds"), json.number(w.seconds);
  json.member("by", to_text(w.by));
  json.key("born"), json.number(static_cast<int64_t>(w.born));
  json.end('}');
  body += '\n';
  return seal(kKind, kFormat, w.kernel, body, {});
}

Result<Window> from_bytes(std::string_view bytes) {
  auto file = unseal(kKind, kFormat, bytes);
  if (!file) return file.error();
  Window w;
  w.kernel = file->kernel;
  JsonReader in(file->body);
  in.object([&](std::string_view key) {
    if (key == "generation")
      w.generation = static_cast<uint32_t>(in.number());
    else if (key == "history")
      w.history = in.boolean();
    else if (key == "made")
      in.array([&] { w.made.emplace_back(in.text()); });
    else if (key == "sysctls")
      in.array([&] { w.sysctls.emplace_back(in.text()); });
    else if (key == "confirm")
      w.confirm = in.boolean();
    else if (key == "rehearsal")
      w.rehearsal = in.boolean();
    else if (key == "seconds")
      w.seconds = in.number();
    else if (key == "by")
      w.by = parse_holder(in.text());
    else if (key == "born")
      w.born = static_cast<uint64_t>(in.number());
    else
      in.fail("unknown key");
  });
  if (!in.finish()) return Error{"cannot be understood: " + in.error().message, "", 0};
  return w;
}

}  // namespace

std::string WindowFiles::path(WindowDecision decision) const {
  return fmt::format("{}/{}", directory_, kNames[static_cast<size_t>(decision)]);
}

Result<> WindowFiles::open(const Window& window) {
  for (const std::string& old : {until_path(), alive_path()})
    if (auto gone = files_.remove(old); !gone && gone.error().code != ENOENT) return gone;
  return files_.write(path(WindowDecision::open), to_bytes(window));
}

// A decision that falls between two looks shows as none at all; so `open`, from which the others come, is
// looked at first, and all of them once more.
Result<std::optional<FoundWindow>> WindowFiles::find() const {
  for (int look = 0; look < 2; ++look)
    for (WindowDecision decision : {WindowDecision::open, WindowDecision::kept, WindowDecision::reverting}) {
      auto bytes = files_.read(path(decision), kBytes);
      if (!bytes && bytes.error().code == ENOENT) continue;
      if (!bytes) return bytes.error();
      auto window = from_bytes(*bytes);
      if (!window)
        return Error{
            fmt::format("{} {}", path(decision), window.error().message),
            "what it speaks of cannot be taken back by netcfg; compare with 'netcfg diff', then remove "
            "the file",
            EBADMSG};
      return std::optional(FoundWindow{std::move(*window), decision});
    }
  return std::optional<FoundWindow>();
}

Result<bool> WindowFiles::decide(WindowDecision decision) {
  auto moved = files_.rename(path(WindowDecision::open), path(decision));
  if (moved) return true;
  if (moved.error().code == ENOENT) return false;
  return moved.error();
}

Result<bool> WindowFiles::keep() {
  return decide(WindowDecision::kept);
}

Result<bool> WindowFiles::revert() {
  return decide(WindowDecision::reverting);
}

Result<> WindowFiles::set_until(int64_t boottime) {
  return files_.write(until_path(), std::to_string(boottime) + "\n");
}

Result<> WindowFiles::set_alive(int64_t boottime) {
  return files_.write(alive_path(), std::to_string(boottime) + "\n");
}

std::optional<int64_t> WindowFiles::until() const {
  return time_in(until_path());
}

std::optional<int64_t> WindowFiles::alive() const {
  return time_in(alive_path());
}

std::optional<int64_t> WindowFiles::time_in(const std::string& path) const {
  auto text = files_.read(path, 64);
  if (!text || !text->ends_with('\n')) return std::nullopt;
  return parse_signed(std::string_view(*text).substr(0, text->size() - 1));
}

Result<> WindowFiles::close() {
  for (const std::string& gone : {until_path(), alive_path(), path(WindowDecision::kept),
                                  path(WindowDecision::reverting), path(WindowDecision::open)})
    if (auto removed = files_.remove(gone); !removed && removed.error().code != ENOENT) return removed;
  return Done{};
}

}  // namespace netcfg
