#include "netcfg/watch/view.h"

#include <fmt/format.h>

#include <algorithm>

#include "netcfg/json/reader.h"
#include "netcfg/json/sink.h"

namespace netcfg::watch {
namespace {

constexpr int64_t kFormat = 1;

void write_numbers(JsonText& json, std::optional<int64_t> rtt, uint32_t loss) {
  if (rtt) json.key("rtt-us"), json.number(*rtt);
  json.key("loss"), json.number(loss);
}

void write_target(JsonText& json, const TargetView& target) {
  json.begin('{');
  json.member("name", target.name);
  json.key("up"), json.boolean(target.up);
  write_numbers(json, target.rtt, target.loss);
  json.end('}');
}

void write_uplink(JsonText& json, const UplinkView& one) {
  json.begin('{');
  json.member("name", one.name);
  json.member("interface", one.interface);
  json.key("up"), json.boolean(one.up);
  if (one.held) json.key("held"), json.boolean(true);
  json.key("active"), json.begin('[');
  if (one.active4) json.text("ipv4");
  if (one.active6) json.text("ipv6");
  json.end(']');
  json.key("since"), json.number(one.since);
  json.member("reason", one.reason);
  write_numbers(json, one.rtt, one.loss);
  json.key("changes"), json.number(static_cast<int64_t>(one.changes));
  json.key("targets"), json.begin('[');
  for (const TargetView& target : one.targets) write_target(json, target);
  json.end(']');
  json.end('}');
}

TargetView read_target(JsonReader& in) {
  TargetView out;
  in.object([&](std::string_view key) {
    if (key == "name")
      out.name = in.text();
    else if (key == "up")
      out.up = in.boolean();
    else if (key == "rtt-us")
      out.rtt = in.number();
    else if (key == "loss")
      out.loss = static_cast<uint32_t>(in.number());
    else
      in.fail("unknown key");
  });
  return out;
}

void read_active(JsonReader& in, UplinkView& out) {
  in.array([&] {
    std::string_view family = in.text();
    if (family == "ipv4")
      out.active4 = true;
    else if (family == "ipv6")
      out.active6 = true;
    else
      in.fail("no family");
  });
}

UplinkView read_uplink(JsonReader& in) {
  UplinkView out;
  in.object([&](std::string_view key) {
    if (key == "name")
      out.name = in.text();
    else if (key == "interface")
      out.interface = in.text();
    else if (key == "up")
      out.up = in.boolean();
    else if (key == "held")
      out.held = in.boolean();
    else if (key == "active")
      read_active(in, out);
    else if (key == "since")
      out.since = in.number();
    else if (key == "reason")
      out.reason = in.text();
    else if (key == "rtt-us")
      out.rtt = in.number();
    else if (key == "loss")
      out.loss = static_cast<uint32_t>(in.number());
    else if (key == "changes")
      out.changes = static_cast<uint64_t>(in.number());
    else if (key == "targets")
      in.array([&] { out.targets.push_back(read_target(in)); });
    else
      in.fail("unknown key");
  });
  return out;
}

// One metric for every uplink that has it.
template <class F>
void metric(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            const View& view, F&& value) {
  out += fmt::format("# HELP netcfg_uplink_{} {}\n# TYPE netcfg_uplink_{} {}\n", name, help, name, type);
  for (const UplinkView& one : view.uplinks)
    if (auto text = value(one); !text.empty())
      out += fmt::format("netcfg_uplink_{}{{uplink=\"{}\",interface=\"{}\"}} {}\n", name, one.name,
                         one.interface, text);
}

std::string flag(bool value) {
  return value ? "1" : "0";
}

}  // namespace

const UplinkView* View::find(std::string_view name) const {
  auto at = std::ranges::find(uplinks, name, &UplinkView::name);
  return at == uplinks.end() ? nullptr : &*at;
}

std::string to_json(const View& view) {
  std::string text;
  JsonText json(text);
  json.begin('{');
  json.key("format"), json.number(kFormat);
  json.key("written"), json.number(view.written);
  json.member("kernel", view.kernel);
  json.key("switches"), json.number(static_cast<int64_t>(view.switches));
  json.line(), json.key("uplinks"), json.begin('[');
  for (const UplinkView& one : view.uplinks) json.line(), write_uplink(json, one);
  json.end(']');
  json.end('}');
  return text += '\n';
}

Result<View> view_from_json(std::string_view text) {
  View out;
  JsonReader in(text);
  in.object([&](std::string_view key) {
    if (key == "format") {
      if (in.number() != kFormat) in.fail("written by another version of netcfg");
    } else if (key == "written") {
      out.written = in.number();
    } else if (key == "kernel") {
      out.kernel = in.text();
    } else if (key == "switches") {
      out.switches = static_cast<uint64_t>(in.number());
    } else if (key == "uplinks") {
      in.array([&] { out.uplinks.push_back(read_uplink(in)); });
    } else {
      in.fail("unknown key");
    }
  });
  if (!in.finish()) return in.error();
  return out;
}

std::string to_metrics(const View& view) {
  std::string out;
  metric(out, "up", "gauge", "Whether the uplink works.", view, [](auto& u) { return flag(u.up); });
  metric(out, "active_ipv4", "gauge", "Whether it carries IPv4 traffic.", view,
         [](auto& u) { return flag(u.active4); });
  metric(out, "active_ipv6", "gauge", "Whether it carries IPv6 traffic.", view,
         [](auto& u) { return flag(u.active6); });
  metric(out, "rtt_seconds", "gauge", "The quickest of the last answers.", view, [](auto& u) {
    return u.rtt ? fmt::format("{:.6f}", static_cast<double>(*u.rtt) / 1e6) : std::string();
  });
  metric(out, "loss_ratio", "gauge", "The share of probes without an answer, of the worst target.", view,
         [](auto& u) { return fmt::format("{:.2f}", u.loss / 100.0); });
  metric(out, "changes_total", "counter", "How often it went up or down.", view,
         [](auto& u) { return fmt::format("{}", u.changes); });
  metric(out, "since_seconds", "gauge", "When it last did, in seconds since 1970.", view,
         [](auto& u) { return fmt::format("{:.3f}", static_cast<double>(u.since) / 1e3); });
  out += fmt::format(
      "# HELP netcfg_uplinks_switches_total How often the active uplinks changed.\n"
      "# TYPE netcfg_uplinks_switches_total counter\nnetcfg_uplinks_switches_total {}\n",
      view.switches);
  return out;
}

}  // namespace netcfg::watch
