// Walks over `[rows, channels]` memory in vectors, whatever the number of channels.
//
// A vector of sixteen may span the end of a row. So rows are taken in bands whose length both the channels and sixteen
// divide, and what belongs to a channel (a scale, a sum) is laid out once for a whole band. A band is never short: a
// sum that was just written is slow to read again.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "element.h"
#include "parallel.h"

namespace podium {

// Calls `body(i, lanes)` for every element or vector of `n`: its offset and a Floats or float. Several threads at once.
template <typename Body>
void for_elements(int64_t n, const Body& body) {
  constexpr int64_t kChunk = 32768;
  parallel_for((n + kChunk - 1) / kChunk, [&](int64_t chunk) {
    const int64_t start = chunk * kChunk;
    for_lanes(std::min(n - start, kChunk), [&](int64_t i, auto lanes) { body(start + i, lanes); });
  });
}

class Rows {
 public:
  Rows(int64_t rows, int64_t channels)
      : rows_(rows), channels_(channels), band_(std::lcm(std::max<int64_t>(channels, 1), kLanes)) {
    band_ *= (kShortestBand + band_ - 1) / band_;
    // Chunks depend on the shape alone, so that sums come out the same whatever the number of threads.
    const int64_t elements = rows * channels;
    const int64_t bands = std::max(kSmallestChunk, elements / kMostChunks) / band_;
    step_ = std::max<int64_t>(1, bands) * band_;
    chunks_ = (elements + step_ - 1) / step_;
  }

  int64_t rows() const { return rows_; }
  int64_t channels() const { return channels_; }

  // A value per channel, repeated over a band.
  template <typename PerChannel>
  std::vector<float> spread(const PerChannel& per_channel) const {
    std::vector<float> values(band_);
    for (int64_t c = 0; c < channels_; c++) values[c] = per_channel(c);
    for (int64_t i = channels_; i < band_; i++) values[i] = values[i - channels_];
    return values;
  }

  // Calls `body(i, c, lanes)` for every element or vector: its offset in memory, its place in the band and a Floats or
  // float. Several threads at once.
  template <typename Body>
  void each(const Body& body) const {
    parallel_for(chunks_, [&](int64_t chunk) { walk(chunk, body); });
  }

  // Two sums for each channel: `body(i, c, first, second)` adds to two accumulators of type Floats or float. Floats add
  // up within a chunk, and chunks in their order as doubles, so the result does not depend on the number of threads.
  template <typename Body>
  void sum(std::vector<double>* first, std::vector<double>* second, const Body& body) const {
    std::unique_ptr<float[]> partial(new float[2 * chunks_ * band_]());
    parallel_for(chunks_, [&](int64_t chunk) {
      float* sums = partial.get() + 2 * chunk * band_;
      walk(chunk, [&](int64_t i, int64_t c, auto lanes) {
        using V = decltype(lanes);
        V a = load<V>(sums + c), b = load<V>(sums + band_ + c);
        body(i, c, a, b);
        store(sums + c, a);
        store(sums + band_ + c, b);
      });
    });
    first->assign(channels_, 0.0);
    second->assign(channels_, 0.0);
    for (int64_t chunk = 0; chunk < chunks_; chunk++) {
      const float* sums = partial.get() + 2 * chunk * band_;
      for (int64_t row = 0; row < band_; row += channels_) {
        for (int64_t c = 0; c < channels_; c++) {
          (*first)[c] += sums[row + c];
          (*second)[c] += sums[band_ + row + c];
        }
      }
    }
  }

 private:
  static constexpr int64_t kShortestBand = 256, kSmallestChunk = 16384, kMostChunks = 128;

  template <typename Body>
  void walk(int64_t chunk, const Body& body) const {
    const int64_t end = std::min(rows_ * channels_, (chunk + 1) * step_);
    for (int64_t start = chunk * step_; start < end; start += band_) {
      for_lanes(std::min(band_, end - start), [&](int64_t c, auto lanes) { body(start + c, c, lanes); });
    }
  }

  int64_t rows_, channels_, band_, step_, chunks_;
};

}  // namespace podium
