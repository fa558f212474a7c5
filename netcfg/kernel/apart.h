// What is tried where it does no harm: in a process and a network namespace of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace netcfg::nl {

// What `work`, in a fresh network namespace, says before it ends. It is called in a forked child: of what it
// changes nothing is seen here. Nothing where no such namespace can be made, or when it takes half a minute.
std::optional<std::string> run_apart(const std::function<std::string()>& work);

}  // namespace netcfg::nl
