// Splits work over a fixed set of threads.
#pragma once

#include <cstdint>
#include <functional>

namespace podium {

// How many threads (this one included) share the work from now on; at least 1.
void set_threads(int count);

// Calls `work(i)` once for each i in [0, chunks), on several threads, and returns when all are done. Which thread takes
// which chunk varies from run to run, so a result may depend on i but never on the thread.
void parallel_for(int64_t chunks, const std::function<void(int64_t)>& work);

}  // namespace podium
