// Runs many short pieces of work on several threads, and ends with an error if a chunk ran twice or never.
#include "parallel.h"

#include <cstdlib>
#include <vector>

int main() {
  podium::set_threads(4);
  for (int round = 0; round < 100000; round++) {
    std::vector<int> times(2 + round % 37);
    podium::parallel_for(static_cast<int64_t>(times.size()), [&](int64_t i) { times[i]++; });
    for (int count : times)
      if (count != 1) std::_Exit(2);
  }
  // The pool is never destroyed.
  std::_Exit(0);
}
