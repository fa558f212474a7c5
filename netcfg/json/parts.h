// Pieces that several kinds of resources consist of, in JSON.
#pragma once

#include "netcfg/json/reader.h"
#include "netcfg/json/write.h"

namespace netcfg::json_parts {

void write_fields(JsonSink& out, Fields fields, const void* object);
void write_origin(JsonSink& out, Place origin, Origins origins);
void write_probe(JsonSink& out, const ProbeSpec& probe);

Ip ip_of(JsonReader& in);
IfName name_of(JsonReader& in);
Place place_of(JsonReader& in);
ProbeSpec read_probe(JsonReader& in);
// False when no field has that name.
bool read_field(JsonReader& in, Fields fields, void* object, std::string_view key);
void unknown(JsonReader& in, std::string_view key);

}  // namespace netcfg::json_parts
