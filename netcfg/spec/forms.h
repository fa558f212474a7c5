// The forms of values that no Field describes, with their JSON Schema. YAML's core schema decides what is
// a number and what a text, so a table's number and its name are told apart there as well.
#pragma once

#include <string_view>

namespace netcfg {

inline constexpr std::string_view kDurationPattern = R"(^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d)$|^0$)";
inline constexpr std::string_view kRatePattern = R"(^[0-9]+(\.[0-9]+)?[kmgt]?i?(bit|bps)$)";
inline constexpr std::string_view kSizePattern = R"(^[0-9]+(\.[0-9]+)?(b|kb?|mb?|gb?)$)";
inline constexpr std::string_view kSpanPattern =
    "^(0|[1-9][0-9]*|0x[0-9A-Fa-f]+)-(0|[1-9][0-9]*|0x[0-9A-Fa-f]+)$";
inline constexpr std::string_view kMarkPattern =
    "^(0|[1-9][0-9]*|0x[0-9A-Fa-f]+)(/(0|[1-9][0-9]*|0x[0-9A-Fa-f]+))?$";

struct Form {
  std::string_view name;
  std::string_view doc;
  std::string_view schema;
};

inline constexpr Form kForms[] = {
    {"version", "the version of this format", R"({"const": 1})"},
    {"manage", "whether foreign addresses and routes are removed (exclusive) or left alone (shared)",
     R"({"enum": ["exclusive", "shared"]})"},
    {"link-name", "an interface's name: 1 to 15 bytes without '/', ':', '%' and blanks",
     R"({"type": "string", "pattern": "^(?!\\.{1,2}$)[^/:%\\s]{1,15}$"})"},
    {"mac", "a MAC address", R"({"type": "string", "pattern": "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"})"},
    {"ip4", "an IPv4 address",
     R"({"type": "string",
         "pattern": "^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$"})"},
    {"ip6", "an IPv6 address", R"({"type": "string", "pattern": "^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$"})"},
    {"ip", "an IPv4 or IPv6 address", R"({"anyOf": [{"$ref": "#/$defs/ip4"}, {"$ref": "#/$defs/ip6"}]})"},
    {"interface-address", "an address with its prefix length",
     R"({"type": "string", "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))$"})"},
    {"address-entry", "an address with its prefix length, alone or with more about it",
     R"({"anyOf": [{"$ref": "#/$defs/interface-address"}, {"$ref": "#/$defs/address"}]})"},
    {"destination", "default, a network or an address",
     R"({"type": "string", "pattern": "^(default|[0-9]{1,3}(\\.[0-9]{1,3}){3}(/([0-9]|[12][0-9]|3[0-2]))?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?)$"})"},
    {"selector", "all, a network or an address",
     R"({"anyOf": [{"enum": ["all", "any"]}, {"$ref": "#/$defs/destination"}]})"},
    {"table-number", "the number of a routing table",
     R"({"type": "integer", "minimum": 1, "maximum": 4294967295})"},
    {"table", "a routing table: its number, a name of `tables`, main, local or default",
     R"({"anyOf": [{"$ref": "#/$defs/table-number"}, {"type": "string", "pattern": "[^0-9]"}]})"},
    {"vid", "a VLAN id or a range of them",
     R"({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 4094}, {"type": "string", "pattern": "^[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?$"}]})"},
    {"qos-map", "FROM: TO pairs as a mapping, or as a list of \"FROM:TO\"",
     R"({"anyOf": [{"type": "object", "patternProperties": {"^[0-9]+$": {"type": "integer", "minimum": 0}}, "additionalProperties": false}, {"type": "array", "items": {"type": "string", "pattern": "^[0-9]+:[0-9]+$"}}]})"},
    {"sysctl-value", "a number, truth value or text; a list is joined by blanks",
     R"({"type": ["integer", "number", "boolean", "string", "array"], "items": {"type": ["integer", "number", "boolean", "string"]}})"},
    {"routes", "the routes: a list of them, or the file that they are in",
     R"({"anyOf": [{"type": ["array", "null"], "items": {"$ref": "#/$defs/route"}}, {"$ref": "#/$defs/route-file"}]})"},
    {"nexthop-id", "the id of a next-hop object", R"({"type": "string", "pattern": "^[1-9][0-9]{0,9}$"})"},
    {"nexthop-group", "ids of next hops with their weights, or a list of ids",
     R"({"anyOf": [{"type": "object", "minProperties": 1, "propertyNames": {"$ref": "#/$defs/nexthop-id"}, "additionalProperties": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 256}, {"type": "null"}]}}, {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 4294967295}}]})"},
    {"file-name", "the name of a file; a relative one counts from where the spec is",
     R"({"type": "string", "minLength": 1})"},
    {"boolean", "true or false", R"({"type": "boolean"})"},
    {"endpoint", "an address and a port, IPv6 in brackets",
     R"({"type": "string", "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\]):[1-9][0-9]{0,4}$"})"},
    {"name-server", "an address, IPv6 in brackets where a port follows",
     R"({"type": "string", "pattern": "^[0-9A-Fa-f:.]+$|^\\[[0-9A-Fa-f:.]+\\](:[1-9][0-9]{0,4})?$"})"},
    {"probe-url", "a URL whose host is an address",
     R"({"type": "string", "pattern": "^http://([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\])(:[1-9][0-9]{0,4})?([/?#][!-~]*)?$"})"},
    {"probe-command", "the absolute path of a program, and its arguments",
     R"({"type": "string", "pattern": "^ */"})"},
    {"probe-text", "a probe as --check takes it, such as gateway, ssh or tcp:192.0.2.53:53",
     R"({"type": "string", "pattern": "^(gateway|ssh)(,|$)|^(tcp|ping|http|dns|command|interface):"})"},
    {"probe-entry", "a probe as a text or a mapping",
     R"({"anyOf": [{"$ref": "#/$defs/probe-text"}, {"$ref": "#/$defs/probe"}]})"},
    {"networks", "a network or an address, or a list of them",
     R"({"anyOf": [{"$ref": "#/$defs/destination"}, {"type": "array", "items": {"$ref": "#/$defs/destination"}}]})"},
    {"addresses", "an address, or a list of them",
     R"({"anyOf": [{"$ref": "#/$defs/ip"}, {"type": "array", "items": {"$ref": "#/$defs/ip"}, "minItems": 1}]})"},
    {"port-protocol", "a protocol with ports",
     R"({"enum": ["tcp", "udp", "dccp", "sctp", "udplite", 6, 17, 33, 132, 136]})"},
    {"port-protocols", "a protocol with ports, or a list of them",
     R"({"anyOf": [{"$ref": "#/$defs/port-protocol"}, {"type": "array", "items": {"$ref": "#/$defs/port-protocol"}, "minItems": 1}]})"},
    {"port", "a port or a range of them",
     R"({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string", "pattern": "^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$"}]})"},
    {"ports", "a port, a range of them, or a list of both",
     R"({"anyOf": [{"$ref": "#/$defs/port"}, {"type": "array", "items": {"$ref": "#/$defs/port"}, "minItems": 1}]})"},
    {"forward-target", "an address, alone or with a port or a range of ports; then IPv6 in brackets",
     R"({"type": "string", "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]+\\])(:[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$"})"},
    {"forward-targets", "where connections go, or a list of that",
     R"({"anyOf": [{"$ref": "#/$defs/forward-target"}, {"type": "array", "items": {"$ref": "#/$defs/forward-target"}, "minItems": 1}]})"},
    {"one-or-more-ips", "an address, or a list of addresses",
     R"({"anyOf": [{"$ref": "#/$defs/ip"}, {"type": "array", "items": {"$ref": "#/$defs/ip"}}]})"},
    {"uplink-snat", "auto, masquerade, none or an address",
     R"({"anyOf": [{"enum": ["auto", "masquerade", "none"]}, {"$ref": "#/$defs/ip"}]})"},
    {"failback", "never, immediately or after a time",
     R"({"anyOf": [{"enum": ["never", "immediately"]}, {"type": "object", "properties": {"after": {"type": ["string", "integer"]}}, "required": ["after"], "additionalProperties": false}]})"},
    {"resilient-or-false", "false, or how",
     R"({"anyOf": [{"const": false}, {"$ref": "#/$defs/uplink-resilient"}]})"},
    {"health-target", "gateway, an address, an address with a port, a URL, a program, or a probe as a text",
     R"({"type": "string", "minLength": 1})"},
    {"uplink-name", "the name of an uplink", R"({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,32}$"})"},
    {"qos-name", "the name of a class", R"({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,32}$"})"},
    {"qos-id", "the number of a class", R"({"type": "integer", "minimum": 3, "maximum": 65535})"},
    {"ip-protocol", "an IP protocol by name or number",
     R"({"anyOf": [{"enum": ["icmp", "igmp", "tcp", "udp", "dccp", "gre", "esp", "ah", "icmpv6", "sctp", "udplite"]}, {"type": "integer", "minimum": 1, "maximum": 255}]})"},
    {"ip-protocols", "an IP protocol, or a list of them",
     R"({"anyOf": [{"$ref": "#/$defs/ip-protocol"}, {"type": "array", "items": {"$ref": "#/$defs/ip-protocol"}, "minItems": 1}]})"},
    {"members", "the members of a bond, bridge or VRF", R"({"type": ["array", "object", "null"]})"},
};

}  // namespace netcfg
