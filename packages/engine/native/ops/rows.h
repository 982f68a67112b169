// Iterates over `[rows, channels]` in vectors, for any number of channels.
//
// A vector may cross the end of a row. So rows are processed in bands whose length is a multiple of both the number of
// channels and kSumLanes, and values per channel (a scale, a sum) are repeated over a band. Bands are not too short,
// because reading a sum that was just written is slow.
#pragma once

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "element.h"
#include "kernel.h"
#include "parallel.h"

namespace podium {

// Calls `body(i, lanes)` for every vector or element of `n`, in parallel, with its offset and a Floats or float.
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
      : rows_(rows), channels_(channels), band_(std::lcm(std::max<int64_t>(channels, 1), kSumLanes)) {
    band_ *= (kMinBand + band_ - 1) / band_;
    // Chunks depend only on the shape, so that sums do not depend on the number of threads.
    const int64_t elements = rows * channels;
    const int64_t bands = std::max(kMinChunk, elements / kMaxChunks) / band_;
    step_ = std::max<int64_t>(1, bands) * band_;
    chunks_ = (elements + step_ - 1) / step_;
  }

  // Over all axes but the last.
  static Rows of(const Shape& shape) {
    const int64_t channels = shape.empty() ? 1 : shape.back();
    return Rows(channels == 0 ? 0 : count(shape) / channels, channels);
  }

  int64_t rows() const { return rows_; }
  int64_t channels() const { return channels_; }

  // One value per channel, repeated over a band.
  template <typename PerChannel>
  std::vector<float> spread(const PerChannel& per_channel) const {
    std::vector<float> values(band_);
    for (int64_t c = 0; c < channels_; c++) values[c] = per_channel(c);
    for (int64_t i = channels_; i < band_; i++) values[i] = values[i - channels_];
    return values;
  }

  // Calls `body(i, c, lanes)` for every vector or element, in parallel, with its offset in memory, its position in the
  // band, and a Floats or float.
  template <typename Body>
  void each(const Body& body) const {
    parallel_for(chunks_, [&](int64_t chunk) { walk(chunk, body); });
  }

  // Two sums per channel: `body(i, c, first, second)` adds to two accumulators of type Floats or float. A chunk is
  // summed in float, and chunks are summed in order in double, so the result does not depend on the number of threads.
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
  static constexpr int64_t kMinBand = 256, kMinChunk = 16384, kMaxChunks = 128;

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
