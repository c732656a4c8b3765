// A seam for tests: a store that is cut off in the middle of its writing.
#pragma once

#include <functional>

namespace tallygate::store {

// Asked before each row, totals row and position is written; false: the write, and with it the
// call, fails there as it would where the database goes away (`unavailable`). Empty outside tests.
using WriteFault = std::function<bool()>;

}  // namespace tallygate::store
