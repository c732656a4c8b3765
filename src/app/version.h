// The version of this build.
#pragma once

namespace tallygate::app {

// "0.1.0", from the file VERSION by way of CMake.
inline constexpr const char* kVersion = TALLYGATE_VERSION;

}  // namespace tallygate::app
