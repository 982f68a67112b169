// Distributes work over a fixed set of threads.
#pragma once

#include <cstdint>
#include <functional>

namespace podium {

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Sets the number of threads, including this one; at least 1.
void set_threads(int count);

// Calls `work(i)` once for each i in [0, chunks), on several threads, and returns when all are done. The assignment of
// chunks to threads varies from run to run, so results may depend on i, but not on the thread.
void parallel_for(int64_t chunks, const std::function<void(int64_t)>& work);

}  // namespace podium
