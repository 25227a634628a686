// The library's name for the public stop flag.
#pragma once

#include "yixin/stop_flag.h"
