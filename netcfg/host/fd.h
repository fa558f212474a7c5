// An open file that closes itself.
#pragma once

#include "netcfg/base/fd.h"
