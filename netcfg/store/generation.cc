#include "netcfg/store/generation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "netcfg/base/text.h"
#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"
#include "netcfg/store/sealed.h"

namespace netcfg {
namespace {

constexpr std::string_view kKind = "netcfg-generation";
constexpr int64_t kFormat = 1;
constexpr size_t kAboutBytes = size_t{1} << 20;
constexpr size_t kPartBytes = size_t{1} << 30;
constexpr std::string_view kAbout = ".about";
constexpr std::string_view kPartNames[] = {".before", ".spec", ".plan", ".ledger"};

std::string to_bytes(const Generation& g) {
  std::string body;
  JsonText json(body, Bytes::exact);
  json.begin('{');
  json.key("number"), json.number(g.number);
  json.key("when"), json.number(g.when);
  json.member("user", g.by.user);
  json.member("from", g.by.from);
  json.member("tty", g.by.tty);
  json.member("fate", kFateNames[static_cast<size_t>(g.fate)]);
  json.member("why", g.why);
  json.member("changes", g.changes);
  json.end('}');
  body += '\n';
  return seal(kKind, kFormat, g.kernel, body, {});
}

Fate fate_of(JsonReader& in) {
  std::string_view name = in.text();
  const auto* at = std::find(std::begin(kFateNames), std::end(kFateNames), name);
  if (at == std::end(kFateNames)) in.fail("unknown fate");
  return static_cast<Fate>(at - std::begin(kFateNames));
}

Result<Generation> from_bytes(std::string_view bytes) {
  auto file = unseal(kKind, kFormat, bytes);
  if (!file) return file.error();
  Generation g;
  g.kernel = file->kernel;
  JsonReader in(file->body);
  in.object([&](std::string_view key) {
    if (key == "number")
      g.number = static_cast<uint32_t>(in.number());
    else if (key == "when")
      g.when = in.number();
    else if (key == "user")
      g.by.user = in.text();
    else if (key == "from")
      g.by.from = in.text();
    else if (key == "tty")
      g.by.tty = in.text();
    else if (key == "fate")
      g.fate = fate_of(in);
    else if (key == "why")
      g.why = in.text();
    else if (key == "changes")
      g.changes = in.text();
    else
      in.fail("unknown key");
  });
  if (!in.finish()) return Error{"cannot be understood: " + in.error().message, "", 0};
  return g;
}

// "12.before" -> 12
std::optional<uint32_t> number_of(std::string_view name) {
  auto number = parse_unsigned(name.substr(0, name.find('.')));
  if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

}  // namespace

std::string Generations::about_path(uint32_t number) const {
  return fmt::format("{}/{}{}", directory_, number, kAbout);
}

std::string Generations::path(uint32_t number, Part part) const {
  return fmt::format("{}/{}{}", directory_, number, kPartNames[static_cast<size_t>(part)]);
}

Result<Generations::Listed> Generations::list() const {
  Listed out;
  auto names = files_.list(directory_);
  if (!names && names.error().code == ENOENT) return out;
  if (!names) return names.error();
  for (const std::string& name : *names) {
    auto number = number_of(name);
    if (!number || !name.ends_with(kAbout)) continue;
    auto generation = load(*number);
    if (generation)
      out.all.push_back(std::move(*generation));
    else
      out.damaged.push_back(generation.error().message);
  }
  std::sort(out.all.begin(), out.all.end(),
            [](const Generation& a, const Generation& b) { return a.number < b.number; });
  return out;
}

Result<Generation> Generations::load(uint32_t number) const {
  auto bytes = files_.read(about_path(number), kAboutBytes);
  if (!bytes && bytes.error().code == ENOENT)
    return Error{fmt::format("there is no generation {}", number), "'netcfg history' lists them", ENOENT};
  if (!bytes) return bytes.error();
  auto generation = from_bytes(*bytes);
  if (generation && generation->number != number)
    generation = Error{"is damaged: it speaks of another generation", "", 0};
  if (generation) return generation;
  return Error{fmt::format("{} {}", about_path(number), generation.error().message),
               "the other generations can be used all the same", EBADMSG};
}

Result<> Generations::save(const Generation& generation) {
  return files_.write(about_path(generation.number), to_bytes(generation));
}

Result<std::string> Generations::read(uint32_t number, Part part) const {
  return files_.read(path(number, part), kPartBytes);
}

Result<> Generations::write(uint32_t number, Part part, const std::string& bytes) {
  return files_.write(path(number, part), bytes);
}

Result<> Generations::promote_ledger(uint32_t number, const std::string& ledger) {
  auto moved = files_.rename(path(number, Part::ledger), ledger);
  if (!moved && moved.error().code == ENOENT) return Done{};
  if (moved || moved.error().code != EXDEV) return moved;
  auto bytes = read(number, Part::ledger);
  if (!bytes) return bytes.error();
  files_.inherit(path(number, Part::ledger));
  if (auto copied = files_.write(ledger, *bytes); !copied) return copied;
  return files_.remove(path(number, Part::ledger));
}

void Generations::forget(uint32_t number) {
  (void)files_.remove(about_path(number));
  for (Part part : {Part::before, Part::spec, Part::plan, Part::ledger})
    (void)files_.remove(path(number, part));
}

Result<uint32_t> Generations::next() const {
  auto names = files_.list(directory_);
  if (!names && names.error().code != ENOENT) return names.error();
  uint32_t last = 0;
  if (names)
    for (const std::string& name : *names) last = std::max(last, number_of(name).value_or(0));
  return last + 1;
}

void Generations::prune(const Listed& listed, size_t keep) {
  auto names = files_.list(directory_);
  if (!names) return;
  std::set<uint32_t> stays;
  if (const Generation* now = current(listed.all)) {
    stays.insert(now->number);
    if (const Generation* before = kept_before(listed.all, now->number)) stays.insert(before->number);
  }
  size_t left = listed.all.size();
  for (const Generation& g : listed.all) {
    if (left > keep && g.fate != Fate::pending && !stays.contains(g.number))
      --left;
    else
      stays.insert(g.number);
  }
  // One that is damaged stays: a person may want to look at it. Parts without any `about` are of a change
  // that was never carried out.
  for (const std::string& name : *names)
    if (name.ends_with(kAbout) && number_of(name) &&
        std::none_of(listed.all.begin(), listed.all.end(),
                     [&](const Generation& g) { return g.number == *number_of(name); }))
      stays.insert(*number_of(name));
  for (const std::string& name : *names)
    if (auto number = number_of(name); number && !stays.contains(*number))
      (void)files_.remove(directory_ + "/" + name);
}

const Generation* current(const std::vector<Generation>& all) {
  auto at = std::find_if(all.rbegin(), all.rend(), [](const Generation& g) { return g.fate == Fate::kept; });
  return at == all.rend() ? nullptr : &*at;
}

const Generation* kept_before(const std::vector<Generation>& all, uint32_t number) {
  auto at = std::find_if(all.rbegin(), all.rend(),
                         [&](const Generation& g) { return g.number < number && g.fate == Fate::kept; });
  return at == all.rend() ? nullptr : &*at;
}

}  // namespace netcfg
